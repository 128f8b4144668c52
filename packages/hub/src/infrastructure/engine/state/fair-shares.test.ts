import { describe, expect, test } from 'vitest';
import { DESTINATION, loaded, messagesTo, newHub, run, SOURCE, STRANGER } from '../example-core.ts';

describe('runs that meet at one agent', () => {
  test('share what it may have open, and a run that is alone has all that a run may have', () => {
    expect(openedBy(1)).toEqual([384]);
    expect(openedBy(4)).toEqual([384, 384, 341, 256]);
  });

  test('each have one at least, however many they are', () => {
    const opened = openedBy(1_100);

    expect(opened.at(-1)).toBe(1);
  });

  test('do not share with runs between others', () => {
    const hub = hubWithRuns(3);
    hub.on({ type: 'runAppeared', run: { ...run({ id: 9, state: 'running' }), ...between(STRANGER, STRANGER) } });
    hub.treeIsEmpty(9);

    expect(countOpened(hub.on(manyOf(9)), STRANGER)).toBe(384);
  });
});

/** How many transfers each of so many runs has open, which come one after the other. */
function openedBy(runs: number): number[] {
  const hub = newHub();
  for (const agentId of [SOURCE, DESTINATION]) hub.on({ type: 'sessionOpened', agentId });
  return Array.from({ length: runs }, (_, at) => {
    hub.on({ type: 'runAppeared', run: run({ id: at + 1, state: 'running' }) });
    hub.treeIsEmpty(at + 1);
    return countOpened(hub.on(manyOf(at + 1)), DESTINATION);
  });
}

function hubWithRuns(runs: number) {
  const hub = newHub();
  for (const agentId of [SOURCE, DESTINATION, STRANGER]) hub.on({ type: 'sessionOpened', agentId });
  for (let id = 1; id <= runs; id += 1) {
    hub.on({ type: 'runAppeared', run: run({ id, state: 'running' }) });
    hub.treeIsEmpty(id);
    hub.on(manyOf(id));
  }
  return hub;
}

function between(source: number, destination: number) {
  const place = { root: '/srv', names: ['a'] };
  return { source: { agentId: source, place }, destination: { agentId: destination, place } };
}

/** A page of small files of a run. */
function manyOf(runId: number) {
  const [first] = loaded({ runId }).transfers;
  if (first === undefined) throw new Error('no transfer');
  const identity = { ...first.identity, size: 1 };
  const transfers = Array.from({ length: 500 }, (_, at) => ({
    ...first,
    id: runId * 1_000 + at,
    sizeBytes: 1,
    totalChunks: 1,
    identity,
    ...(runId === 9 && { sourceAgentId: STRANGER, destinationAgentId: STRANGER }),
  }));
  return { ...loaded({ runId }), transfers };
}

function countOpened(effects: ReturnType<ReturnType<typeof newHub>['on']>, agentId: number): number {
  return messagesTo(effects, agentId).reduce(
    (sum, each) => sum + (each.type === 'receive' ? each.transfers.length : 0),
    0,
  );
}
