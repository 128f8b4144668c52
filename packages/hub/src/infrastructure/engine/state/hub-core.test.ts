import { describe, expect, test } from 'vitest';
import {
  ack,
  CHUNK,
  chunk,
  DESTINATION,
  entries,
  failedAt,
  loaded,
  messagesTo,
  newHub,
  received,
  receiving,
  recordsOf,
  run,
  SOURCE,
  STRANGER,
  sendingHub,
  sent,
  statesIn,
} from '../example-core.ts';

describe('the hub core', () => {
  test('scans a new run as soon as its source is connected', () => {
    const hub = newHub();
    const waiting = hub.on({ type: 'runAppeared', run: run() });

    const effects = hub.on({ type: 'sessionOpened', agentId: SOURCE });

    expect(waiting).toEqual([]);
    expect(messagesTo(effects, SOURCE)).toMatchObject([{ type: 'scan', run: 1 }]);
  });

  test('clears what an interrupted scan left before it scans again', () => {
    const hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'runAppeared', run: run() });
    hub.on(entries({ last: false }));
    hub.on({ type: 'sessionClosed', agentId: SOURCE });

    const clearing = hub.on({ type: 'sessionOpened', agentId: SOURCE });
    const scanning = hub.on({ type: 'planCleared', runId: 1 });

    expect(clearing).toEqual([{ type: 'clearPlan', runId: 1 }]);
    expect(messagesTo(scanning, SOURCE)).toMatchObject([{ type: 'scan' }]);
  });

  test('goes on with one scan while the destination comes and goes', () => {
    const hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.on({ type: 'runAppeared', run: run() });
    hub.on({ type: 'sessionClosed', agentId: DESTINATION });

    const back = hub.on({ type: 'sessionOpened', agentId: DESTINATION });

    expect(messagesTo(back, SOURCE)).toEqual([]);
  });

  test('plans a page of entries once, however often the source sends it', () => {
    const hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'runAppeared', run: run() });
    const stored = hub.on(entries({ last: true }));

    expect(stored.map((each) => each.type)).toEqual(['storePlanPage']);
    expect(hub.on(entries({ last: true }))).toEqual([]);
  });

  test('fails a run whose source cannot be scanned, with the reason that the source gave', () => {
    const hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'runAppeared', run: run() });
    const message = { type: 'runFailed', run: 1, code: 'SOURCE_NOT_FOUND', message: 'no such file' } as const;

    hub.on({ type: 'messageReceived', agentId: SOURCE, message });

    const [record] = recordsOf(hub.on({ type: 'ticked' }));
    expect(record?.runs).toMatchObject([{ id: 1, state: 'failed', errorCode: 'SOURCE_NOT_FOUND' }]);
  });

  test('forwards a chunk from its source to its destination as it came', () => {
    const hub = sendingHub();
    const frame = chunk();

    const effects = hub.on(received(SOURCE, frame));

    const ref = { transfer: 5, attempt: 1 };
    expect(effects).toEqual([{ type: 'forwardFrame', agentId: DESTINATION, from: SOURCE, ref, bytes: frame }]);
  });

  test('forwards an acknowledgement from the destination to the source and counts it once', () => {
    const hub = sendingHub();
    hub.on(received(SOURCE, chunk()));

    const effects = hub.on(received(DESTINATION, ack()));
    const again = hub.on(received(DESTINATION, ack()));

    expect(effects).toMatchObject([{ type: 'forwardFrame', agentId: SOURCE, from: DESTINATION }]);
    expect(again).toEqual([]);
    hub.at(1_000);
    const [record] = recordsOf(hub.on({ type: 'ticked' }));
    expect(record?.transfers).toMatchObject([{ completedChunks: 1, bytesTransferred: CHUNK }]);
  });

  test.each([
    ['A24: a chunk from an agent that is not the source', STRANGER, () => chunk()],
    ['A26: a chunk from the destination', DESTINATION, () => chunk()],
    ['A26: an acknowledgement from the source', SOURCE, () => ack()],
    ['A50: a chunk beyond the end of the file', SOURCE, () => chunk({ chunkIndex: 9 })],
  ])('ends the session that sends %s', (_what, agentId, frame) => {
    const effects = sendingHub().on(received(agentId, frame()));

    expect(effects).toMatchObject([{ type: 'closeSession', agentId }]);
  });

  test.each([
    ['an older attempt', () => chunk({ attempt: 9 })],
    ['an unknown transfer', () => chunk({ transfer: 99 })],
  ])('drops a frame of %s', (_what, frame) => {
    expect(sendingHub().on(received(SOURCE, frame()))).toEqual([]);
  });

  test('A25: answers an agent nothing about transfers that are not its own', () => {
    const hub = sendingHub();
    const transfers = [{ transfer: 5, attempt: 1, held: [] }];
    const foreign = hub.on({ type: 'messageReceived', agentId: STRANGER, message: { type: 'receiving', transfers } });
    const unknown = hub.on({
      type: 'messageReceived',
      agentId: STRANGER,
      message: { type: 'receiving', transfers: [{ transfer: 99, attempt: 1, held: [] }] },
    });

    expect([foreign, unknown]).toEqual([[], []]);
  });

  test('asks the source again for a chunk that was damaged on the way', () => {
    const effects = sendingHub().on({ ...received(SOURCE, chunk()), intact: false });

    expect(effects).toMatchObject([
      { type: 'nackFrame', agentId: SOURCE, transfer: 5, chunkIndex: 0, rawLength: CHUNK },
    ]);
  });

  test('A28: lets nobody but the destination say that a transfer is finished', () => {
    const hub = sendingHub();
    const message = { type: 'finished', transfers: [{ transfer: 5, attempt: 1 }] } as const;
    hub.on(sent());

    hub.on({ type: 'messageReceived', agentId: SOURCE, message: { ...message, transfers: [...message.transfers] } });

    expect(statesIn(hub.on({ type: 'ticked' }))).toEqual(['verifying']);
  });

  test('tells both ends that a transfer is settled only after its completion is recorded', () => {
    const hub = sendingHub();
    hub.on(sent());
    const finished = hub.on({
      type: 'messageReceived',
      agentId: DESTINATION,
      message: { type: 'finished', transfers: [{ transfer: 5, attempt: 1 }] },
    });
    const record = hub.on({ type: 'ticked' });

    const recorded = hub.on({ type: 'recorded' });

    expect(JSON.stringify(finished)).not.toContain('settled');
    expect(statesIn(record)).toEqual(['completed']);
    expect(messagesTo(recorded, SOURCE)).toMatchObject([{ type: 'settled' }]);
    expect(messagesTo(recorded, DESTINATION)).toMatchObject([{ type: 'settled' }]);
  });

  test('does not take a transfer for recorded that ended after the record was begun', () => {
    const hub = sendingHub();
    hub.on(sent());
    const verifying = hub.on({ type: 'ticked' });
    const finished = { type: 'finished', transfers: [{ transfer: 5, attempt: 1 }] } as const;
    hub.on({
      type: 'messageReceived',
      agentId: DESTINATION,
      message: { ...finished, transfers: [...finished.transfers] },
    });
    const completed = hub.on({ type: 'ticked' });

    const afterFirst = hub.on({ type: 'recorded' });
    const afterSecond = hub.on({ type: 'recorded' });

    expect([statesIn(verifying), statesIn(completed)]).toEqual([['verifying'], ['completed']]);
    expect(messagesTo(afterFirst, SOURCE)).toEqual([]);
    expect(messagesTo(afterSecond, SOURCE)).toMatchObject([{ type: 'settled' }]);
  });

  test('starts a transfer over with the next attempt after a retryable failure and a rest', () => {
    const hub = sendingHub();
    const failure = { code: 'HASH_MISMATCH', message: 'not the same' } as const;
    const failed = hub.on(failedAt(DESTINATION, failure));
    hub.at(500);
    const tooEarly = hub.on({ type: 'ticked' });
    hub.at(1_100);

    const retried = hub.on({ type: 'ticked' });

    expect(messagesTo(failed, SOURCE)).toMatchObject([{ type: 'cancel', transfers: [{ transfer: 5 }] }]);
    expect(messagesTo(tooEarly, DESTINATION)).toEqual([]);
    expect(messagesTo(retried, DESTINATION)).toMatchObject([{ type: 'receive', transfers: [{ attempt: 2 }] }]);
  });

  test('plans a source that changed anew, and offers it only when that plan is recorded', () => {
    const hub = sendingHub();
    const identity = { dev: '1', ino: '9', size: CHUNK + 1, mtimeNs: '7', ctimeNs: '7' };
    const changed = {
      code: 'SOURCE_CHANGED',
      message: 'it was replaced',
      present: { mode: 0o600, mtimeNs: '7', identity },
    };
    hub.on({
      type: 'messageReceived',
      agentId: SOURCE,
      message: { type: 'failed', transfers: [{ transfer: 5, attempt: 1, ...changed, code: 'SOURCE_CHANGED' }] },
    });
    hub.at(5_000);
    const unrecorded = hub.on({ type: 'ticked' });
    hub.on({ type: 'recorded' });

    const recorded = hub.on({ type: 'ticked' });

    expect(messagesTo(unrecorded, DESTINATION)).toEqual([]);
    expect(recordsOf(unrecorded)).toMatchObject([{ replans: [{ id: 5, identity, totalChunks: 2 }] }]);
    expect(messagesTo(recorded, DESTINATION)).toMatchObject([
      { type: 'receive', transfers: [{ attempt: 2, size: CHUNK + 1, mode: 0o600, mtimeNs: '7' }] },
    ]);
  });

  test('gives up a source that changed when nothing stands there any more', () => {
    const hub = sendingHub();
    hub.on(failedAt(SOURCE, { code: 'SOURCE_CHANGED', message: 'it was removed' }));

    expect(statesIn(hub.on({ type: 'ticked' }))).toEqual(['failed']);
  });

  test('fails a transfer at once when trying again cannot help, and the run goes on to its end', () => {
    const hub = sendingHub();
    hub.on(failedAt(DESTINATION, { code: 'NO_SPACE', message: 'the disk is full' }));

    const record = hub.on({ type: 'ticked' });

    expect(statesIn(record)).toEqual(['failed']);
    expect(recordsOf(record)[0]?.runs).toMatchObject([{ counters: { filesFailed: 1 } }]);
  });

  test('suspends a transfer when a party goes away and offers it again when it is back', () => {
    const hub = sendingHub();
    hub.on({ type: 'sessionClosed', agentId: DESTINATION });
    const suspended = statesIn(hub.on({ type: 'ticked' }));
    hub.on({ type: 'recorded' });

    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.treeIsEmpty();
    const offered = hub.load({ state: 'suspended' });

    expect(suspended).toEqual(['suspended']);
    expect(messagesTo(offered, DESTINATION)).toMatchObject([{ type: 'receive', transfers: [{ attempt: 1 }] }]);
  });

  test('does not hear the answer to a load that was asked for before a party went away', () => {
    const hub = sendingHub();
    hub.on({ type: 'sessionClosed', agentId: DESTINATION });
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.treeIsEmpty();

    const stale = hub.on(loaded({ state: 'pending' }, 1));

    expect(stale).toEqual([]);
  });

  test('takes what is open of a run along when the run cannot go on', () => {
    const hub = sendingHub();

    const effects = hub.on({ type: 'runBroke', runId: 1, message: 'the database is gone' });

    expect(messagesTo(effects, SOURCE)).toMatchObject([{ type: 'cancel', transfers: [{ transfer: 5 }] }]);
    expect(messagesTo(effects, DESTINATION)).toMatchObject([{ type: 'cancel', transfers: [{ transfer: 5 }] }]);
    const [record] = recordsOf(hub.on({ type: 'ticked' }));
    expect(record?.transfers).toMatchObject([{ state: 'failed', errorCode: 'INTERNAL' }]);
    expect(record?.runs).toMatchObject([{ state: 'failed' }]);
  });

  test('divides its memory among routes, and tells the sources', () => {
    const hub = sendingHub();
    hub.on({ type: 'sessionOpened', agentId: STRANGER });
    hub.on({ type: 'runAppeared', run: run({ id: 2, state: 'running', destinationAgentId: STRANGER }) });
    hub.treeIsEmpty(2);
    hub.load({ id: 6, runId: 2, destinationAgentId: STRANGER });

    const effects = hub.on(receiving(STRANGER, 6));

    expect(messagesTo(effects, SOURCE)).toContainEqual(
      expect.objectContaining({ type: 'window', route: 1, windowBytes: 4 * CHUNK }),
    );
    expect(messagesTo(effects, SOURCE)).toContainEqual(
      expect.objectContaining({ type: 'send', route: 2, windowBytes: 4 * CHUNK }),
    );
  });

  test('forgets a cancelled run and tells both ends', () => {
    const hub = sendingHub();

    const effects = hub.on({ type: 'runCancelled', runId: 1 });

    expect(messagesTo(effects, SOURCE).map((each) => each.type)).toEqual(['cancel', 'cancelScan']);
    expect(messagesTo(effects, DESTINATION).map((each) => each.type)).toEqual(['cancel']);
    expect(recordsOf(hub.on({ type: 'ticked' }))).toEqual([]);
  });
});
