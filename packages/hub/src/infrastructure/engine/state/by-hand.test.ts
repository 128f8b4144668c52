import { describe, expect, test } from 'vitest';
import { DESTINATION, failedAt, type Hub, messagesTo, run, SOURCE, sendingHub, sent } from '../example-core.ts';

const five = [{ id: 5, runId: 1 }];

describe('transfers changed by hand', () => {
  test('both ends let go of a cancelled transfer, and its run counts it as failed', () => {
    const hub = sendingHub();

    const effects = hub.on({ type: 'transfersCancelled', transfers: five });

    expect(messagesTo(effects, SOURCE)).toMatchObject([{ type: 'cancel', transfers: [{ transfer: 5 }] }]);
    expect(messagesTo(effects, DESTINATION)).toMatchObject([{ type: 'cancel', transfers: [{ transfer: 5 }] }]);
    const record = hub.lastRecord();
    expect(record?.transfers).toEqual([]);
    expect(record?.runs).toMatchObject([{ counters: { filesFailed: 1, bytesMoved: 0 } }]);
  });

  test('a run whose last transfer was cancelled goes on to its end, and is not completed', () => {
    const hub = sendingHub();
    hub.on({ type: 'transfersCancelled', transfers: five });

    const settled = endOf(hub);

    expect(settled).toMatchObject({ state: 'failed', counters: { filesFailed: 1 } });
  });

  test('a cancellation that the database heard of before the end of the transfer counts', () => {
    const hub = sendingHub();
    hub.on(sent());
    finish(hub);

    hub.on({ type: 'transfersCancelled', transfers: five });

    const record = hub.lastRecord();
    expect(record?.runs).toMatchObject([{ counters: { filesMoved: 0, filesFailed: 1, bytesMoved: 0 } }]);
  });

  test('a failed transfer of a run under way is loaded again and tried anew', () => {
    const hub = failedHub();

    hub.on({ type: 'transfersRetried', transfers: five, runs: [run({ state: 'running' })] });
    const offered = hub.load({ attempt: 1 });

    expect(messagesTo(offered, DESTINATION)).toMatchObject([{ type: 'receive', transfers: [{ transfer: 5 }] }]);
    const record = hub.lastRecord();
    expect(record?.runs).toMatchObject([{ state: 'running', counters: { filesFailed: 0 } }]);
  });

  test('a load answers with what is under way as well, and that is not begun twice', () => {
    const hub = sendingHub();
    hub.on({ type: 'transfersRetried', transfers: [{ id: 6, runId: 1 }], runs: [run({ state: 'running' })] });

    const offered = hub.load({ state: 'running' });

    expect(messagesTo(offered, DESTINATION)).toEqual([]);
  });

  test('a run that ended is taken up again as the database has it', () => {
    const hub = failedHub();
    endOf(hub);
    hub.on({ type: 'recorded' });

    const retried = hub.on({ type: 'runRetried', run: run({ state: 'running' }), retriedTransfers: 1 });

    expect(retried).toMatchObject([{ type: 'loadTreeEntries' }]);
  });

  test('a run taken up again between its end and the record of it is not forgotten with that record', () => {
    const hub = failedHub();
    endOf(hub);
    hub.on({ type: 'runRetried', run: run({ state: 'running' }), retriedTransfers: 1 });
    hub.on({ type: 'recorded' });

    hub.treeIsEmpty();
    const offered = hub.load();

    expect(messagesTo(offered, DESTINATION)).toMatchObject([{ type: 'receive', transfers: [{ transfer: 5 }] }]);
  });

  test('a retry that the database took before the end of the run takes the end back', () => {
    const hub = failedHub();
    hub.treeIsEmpty();

    const effects = hub.on({ type: 'transfersRetried', transfers: five, runs: [run({ state: 'running' })] });

    expect(effects.map((each) => each.type)).toEqual(['record', 'reopenRun', 'loadTreeEntries']);
    const record = hub.lastRecord();
    expect(record?.runs).toMatchObject([{ state: 'running', counters: { filesFailed: 0 } }]);
  });

  test('a run whose end was taken back is not forgotten with the record of that end', () => {
    const hub = failedHub();
    hub.treeIsEmpty();
    hub.on({ type: 'transfersRetried', transfers: five, runs: [run({ state: 'running' })] });
    hub.on({ type: 'recorded' });

    hub.treeIsEmpty();
    const offered = hub.load({ attempt: 2 });

    expect(messagesTo(offered, DESTINATION)).toMatchObject([{ type: 'receive', transfers: [{ transfer: 5 }] }]);
  });

  test('both ends hear of a transfer that finished and was cancelled before that was recorded as cancelled, not as settled', () => {
    const hub = sendingHub();
    hub.on(sent());
    finish(hub);
    hub.on({ type: 'ticked' });

    const cancelled = hub.on({ type: 'transfersCancelled', transfers: five });
    const recorded = hub.on({ type: 'recorded' });

    expect(messagesTo(cancelled, SOURCE)).toMatchObject([{ type: 'cancel', transfers: [{ transfer: 5 }] }]);
    expect(messagesTo(cancelled, DESTINATION)).toMatchObject([{ type: 'cancel', transfers: [{ transfer: 5 }] }]);
    expect([...messagesTo(recorded, SOURCE), ...messagesTo(recorded, DESTINATION)]).toEqual([]);
  });

  test('the same holds when its whole run was cancelled', () => {
    const hub = sendingHub();
    hub.on(sent());
    finish(hub);
    hub.on({ type: 'ticked' });

    const cancelled = hub.on({ type: 'runCancelled', runId: 1 });
    const recorded = hub.on({ type: 'recorded' });

    expect(messagesTo(cancelled, DESTINATION)).toMatchObject([{ type: 'cancel', transfers: [{ transfer: 5 }] }]);
    expect(messagesTo(recorded, DESTINATION)).toEqual([]);
  });

  test.each(['transfer', 'run'])(
    'a destination lets go of what it keeps while the source is away, when its %s is cancelled',
    (what) => {
      const hub = sendingHub();
      hub.on({ type: 'sessionClosed', agentId: SOURCE });

      const effects = hub.on(
        what === 'run' ? { type: 'runCancelled', runId: 1 } : { type: 'transfersCancelled', transfers: five },
      );

      expect(messagesTo(effects, DESTINATION)).toMatchObject([
        { type: 'cancel', transfers: [{ transfer: 5, attempt: 1 }] },
      ]);
    },
  );

  test('a transfer that rests before a retry goes on at once when somebody asks', () => {
    const hub = sendingHub();
    hub.on(failedAt(DESTINATION, { code: 'HASH_MISMATCH', message: 'not the same' }));

    const resumed = hub.on({ type: 'transferResumed', transferId: 5 });

    expect(messagesTo(resumed, DESTINATION)).toMatchObject([{ type: 'receive', transfers: [{ attempt: 2 }] }]);
  });

  test('the end of a run is announced when it is recorded, and at once when it was cancelled', () => {
    const hub = failedHub();
    endOf(hub);
    const recorded = hub.on({ type: 'recorded' });
    const other = sendingHub();
    const cancelled = other.on({ type: 'runCancelled', runId: 1 });

    expect(recorded).toContainEqual({ type: 'announceEnd', runId: 1, jobId: undefined });
    expect(cancelled).toContainEqual({ type: 'announceEnd', runId: 1, jobId: undefined });
  });
});

/** A hub whose only transfer failed, recorded; it has asked for the tree entries to seal. */
function failedHub(): Hub {
  const hub = sendingHub();
  hub.on(failedAt(DESTINATION, { code: 'NO_SPACE', message: 'the disk is full' }));
  hub.on({ type: 'ticked' });
  hub.on({ type: 'recorded' });
  hub.noneLeft();
  return hub;
}

/** Lets the run end, and returns how it is recorded. */
function endOf(hub: Hub) {
  hub.noneLeft();
  hub.treeIsEmpty();
  return hub.lastRecord()?.runs[0];
}

function finish(hub: Hub): void {
  const message = { type: 'finished' as const, transfers: [{ transfer: 5, attempt: 1 }] };
  hub.on({ type: 'messageReceived', agentId: DESTINATION, message });
}
