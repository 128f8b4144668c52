import { expect, test } from 'vitest';
import { DESTINATION, messagesTo, newHub, receiving, recordsOf, run, SOURCE, sendingHub } from '../example-core.ts';

const options = { ...run().options, deadlineSeconds: 60 };

test('a run that is not done at its deadline fails, and what is left of it with it', () => {
  const hub = newHub();
  hub.on({ type: 'runAppeared', run: { ...run({ state: 'running' }), options } });
  hub.at(59_999);
  const early = hub.on({ type: 'ticked' });
  hub.at(60_000);

  const due = hub.on({ type: 'ticked' });
  const recorded = hub.on({ type: 'recorded' });

  expect(recordsOf(early)).toEqual([]);
  expect(recordsOf(due)).toMatchObject([{ runs: [{ state: 'failed', errorCode: 'TIMEOUT' }] }]);
  expect(recorded).toContainEqual({ type: 'failRest', runId: 1 });
});

test('what a destination keeps of a run that is not done at its deadline, while the source is away, it is told to let go of', () => {
  const hub = newHub();
  for (const agentId of [SOURCE, DESTINATION]) hub.on({ type: 'sessionOpened', agentId });
  hub.on({ type: 'runAppeared', run: { ...run({ state: 'running' }), options } });
  hub.treeIsEmpty();
  hub.load();
  hub.on(receiving(DESTINATION, 5));
  hub.on({ type: 'sessionClosed', agentId: SOURCE });
  hub.at(60_000);

  const due = hub.on({ type: 'ticked' });

  expect(messagesTo(due, DESTINATION)).toEqual([{ type: 'cancel', transfers: [{ transfer: 5, attempt: 1 }] }]);
});

test('a run without a deadline takes as long as it takes', () => {
  const hub = sendingHub();
  hub.at(365 * 24 * 60 * 60 * 1_000);

  expect(messagesTo(hub.on({ type: 'ticked' }), SOURCE)).toEqual([]);
});
