import { beforeEach, describe, expect, test } from 'vitest';
import {
  ack,
  CHUNK,
  chunk,
  chunkStored,
  DESTINATION,
  failedAt,
  HASH,
  type Hub,
  messagesTo,
  newHub,
  REF,
  received,
  receiving,
  run,
  SOURCE,
  STRANGER,
  sendingHub,
  sendsIn,
  sent,
  waitingAt,
} from '../example-core.ts';
import type { HubEffect } from './effects.ts';

describe('L5: a transfer whose destination has no room', () => {
  let hub: Hub;

  beforeEach(() => {
    hub = sendingHub();
    hub.on(received(SOURCE, chunk()));
    hub.on(received(DESTINATION, ack()));
  });

  test('is suspended with the reason, and its source lets go of it, but not its destination', () => {
    const effects = hub.on(waitingAt(DESTINATION));

    expect(messagesTo(effects, SOURCE)).toEqual([{ type: 'cancel', transfers: [REF] }]);
    expect(messagesTo(effects, DESTINATION)).toEqual([]);
    const record = hub.lastRecord();
    expect(record?.transfers).toMatchObject([
      { state: 'suspended', attempt: 1, retryCount: 0, bytesTransferred: CHUNK, errorCode: 'NO_SPACE' },
    ]);
    expect(record?.runs).toMatchObject([{ state: 'running', counters: { filesFailed: 0 } }]);
  });

  test('is offered again after pauses that grow from 5 s to a minute', () => {
    hub.on(waitingAt(DESTINATION));
    const looks: number[] = [];

    for (let second = 1; second <= 200; second += 1) {
      hub.at(second * 1_000);
      if (offersIn(hub.on({ type: 'ticked' })).length === 0) continue;
      looks.push(second);
      hub.on(waitingAt(DESTINATION));
    }

    expect(looks).toEqual([5, 15, 35, 75, 135, 195]);
  });

  test('goes on in the same attempt with what is missing, and the reason is gone', () => {
    hub.on(waitingAt(DESTINATION));
    hub.at(5_000);
    const offered = hub.on({ type: 'ticked' });

    const ready = hub.on(receiving(DESTINATION, 5, [[0, 1]]));

    expect(offersIn(offered)).toMatchObject([REF]);
    expect(sendsIn(ready)).toMatchObject([{ transfers: [{ ...REF, held: [[0, 1]] }] }]);
    const [progress] = hub.lastRecord()?.transfers ?? [];
    expect(progress).toMatchObject({ state: 'running', retryCount: 0 });
    expect(progress).not.toHaveProperty('errorCode');
  });

  test('may come to that when its source has sent everything, and states the file once more', () => {
    hub.on(sent());
    hub.on(waitingAt(DESTINATION));
    hub.at(5_000);
    hub.on({ type: 'ticked' });

    const ready = hub.on(receiving(DESTINATION, 5, [[0, 1]]));
    const stated = hub.on(sent());

    expect(sendsIn(ready)).toMatchObject([{ transfers: [REF] }]);
    expect(messagesTo(stated, DESTINATION)).toMatchObject([{ type: 'finish', transfers: [REF] }]);
  });

  test('needs its source no more when the relay has the rest', () => {
    hub = newHub({ relayDiskBytes: 64 * CHUNK });
    for (const agentId of [SOURCE, DESTINATION]) hub.on({ type: 'sessionOpened', agentId });
    hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
    hub.treeIsEmpty();
    hub.load({ fileHash: HASH, chunkListHash: HASH, storedChunks: 3 }, [[0, 3]]);
    hub.on(receiving(DESTINATION, 5));
    hub.on(waitingAt(DESTINATION));
    hub.at(5_000);
    hub.on({ type: 'ticked' });

    const ready = hub.on(receiving(DESTINATION, 5, [[0, 1]]));

    expect(sendsIn(ready)).toEqual([]);
    expect(messagesTo(ready, DESTINATION)).toMatchObject([{ type: 'finish', transfers: [REF] }]);
    expect(ready).toContainEqual({ type: 'readStored', ref: REF, index: 1 });
  });

  test('comes to that while its source still sends to the relay, and then goes on from there', () => {
    hub = newHub({ relayDiskBytes: 64 * CHUNK });
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
    hub.load();
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.treeIsEmpty();
    hub.on(received(SOURCE, chunk()));
    hub.on(chunkStored(0));

    const effects = hub.on(waitingAt(DESTINATION));
    hub.at(5_000);
    hub.on({ type: 'ticked' });
    const ready = hub.on(receiving(DESTINATION, 5));

    expect(messagesTo(effects, SOURCE)).toEqual([{ type: 'cancel', transfers: [REF] }]);
    expect(effects).toContainEqual({ type: 'reserveRoom', ref: REF, bytes: 0 });
    expect(sendsIn(ready)).toMatchObject([{ transfers: [{ ...REF, held: [[0, 1]] }] }]);
    expect(ready).toContainEqual({ type: 'readStored', ref: REF, index: 0 });
  });

  test('is offered at once when somebody says that there is room', () => {
    hub.on(waitingAt(DESTINATION));

    expect(offersIn(hub.on({ type: 'transferResumed', transferId: 5 }))).toMatchObject([REF]);
  });

  test('keeps its run from its end, and nobody is taken for stuck', () => {
    hub.on(waitingAt(DESTINATION));
    const closed: HubEffect[] = [];

    for (let second = 1; second <= 600; second += 1) {
      hub.at(second * 1_000);
      const effects = hub.on({ type: 'ticked' });
      closed.push(...effects.filter(({ type }) => type === 'closeSession'));
      if (offersIn(effects).length > 0) hub.on(waitingAt(DESTINATION));
    }

    expect(closed).toEqual([]);
    expect(hub.state.runs.get(1)).toMatchObject({ state: 'running', phase: 'moving' });
  });

  test('is no business any more of what its source says late', () => {
    hub.on(waitingAt(DESTINATION));

    hub.on(failedAt(SOURCE, { code: 'SOURCE_CHANGED', message: 'it was removed' }));
    const late = hub.on(received(SOURCE, chunk({ chunkIndex: 1 })));

    expect(late).toEqual([]);
    expect(hub.lastRecord()?.transfers).toMatchObject([{ state: 'suspended', errorCode: 'NO_SPACE' }]);
  });

  test('leaves nothing at either end when somebody cancels it', () => {
    hub.on(waitingAt(DESTINATION));

    const effects = hub.on({ type: 'transfersCancelled', transfers: [{ id: 5, runId: 1 }] });

    for (const agentId of [SOURCE, DESTINATION])
      expect(messagesTo(effects, agentId)).toMatchObject([{ type: 'cancel', transfers: [REF] }]);
  });

  test('waits on when it is loaded anew, and is not offered before its turn', () => {
    hub.on(waitingAt(DESTINATION));
    hub.on({ type: 'sessionClosed', agentId: DESTINATION });
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.treeIsEmpty();

    const loaded = hub.load({ state: 'suspended', errorCode: 'NO_SPACE', errorMessage: 'a waits for room' });
    hub.at(5_000);
    const later = hub.on({ type: 'ticked' });

    expect(offersIn(loaded)).toEqual([]);
    expect(offersIn(later)).toMatchObject([REF]);
  });
});

describe('L5: while a transfer waits for room', () => {
  test('no other of its run is offered, and all are when it gets on', () => {
    const hub = sendingHub();
    hub.on(waitingAt(DESTINATION));
    const loaded = hub.load({ id: 6 });
    hub.at(5_000);
    hub.on({ type: 'ticked' });

    const ready = hub.on(receiving(DESTINATION, 5));
    hub.on(received(SOURCE, chunk()));
    const gotOn = hub.on(received(DESTINATION, ack()));

    expect(offersIn(loaded)).toEqual([]);
    expect(offersIn(ready)).toEqual([]);
    expect(offersIn(gotOn)).toMatchObject([{ transfer: 6 }]);
  });

  test('an answer to what was sent before does not say that there is room', () => {
    const hub = twoSending();
    hub.on(waitingAt(DESTINATION, 5));
    hub.on(received(SOURCE, chunk({ transfer: 6 })));

    const answered = hub.on(received(DESTINATION, ack(0, 6)));

    expect(offersIn(answered)).toEqual([]);
  });

  test('those that wait look in turn', () => {
    const hub = twoSending();
    hub.on(waitingAt(DESTINATION, 5));
    hub.on(waitingAt(DESTINATION, 6));
    const looked: number[] = [];

    for (let second = 1; second <= 40; second += 1) {
      hub.at(second * 1_000);
      for (const { transfer } of offersIn(hub.on({ type: 'ticked' }))) {
        looked.push(transfer);
        hub.on(waitingAt(DESTINATION, transfer));
      }
    }

    expect(looked).toEqual([5, 6, 5]);
  });

  test('the others go on when it is cancelled', () => {
    const hub = sendingHub();
    hub.on(waitingAt(DESTINATION));
    hub.load({ id: 6 });

    hub.on({ type: 'transfersCancelled', transfers: [{ id: 5, runId: 1 }] });

    expect(offersIn(hub.load({ id: 6 }))).toMatchObject([{ transfer: 6 }]);
  });

  test('another run to the same agent goes on: its files may be for another disk', () => {
    const hub = sendingHub();
    hub.on(waitingAt(DESTINATION));
    hub.on({ type: 'runAppeared', run: run({ id: 2, state: 'running' }) });
    hub.treeIsEmpty(2);

    expect(offersIn(hub.load({ id: 7, runId: 2 }))).toMatchObject([{ transfer: 7 }]);
  });
});

test('L5: an agent that copies within itself is not told to let go of what it keeps', () => {
  const hub = newHub();
  const end = { agentId: STRANGER, place: { root: '/srv', names: ['own'] } };
  hub.on({ type: 'sessionOpened', agentId: STRANGER });
  hub.on({ type: 'runAppeared', run: { ...run({ state: 'running' }), source: end, destination: end } });
  hub.treeIsEmpty();
  hub.load({ sourceAgentId: STRANGER, destinationAgentId: STRANGER });
  hub.on(receiving(STRANGER, 5));

  expect(messagesTo(hub.on(waitingAt(STRANGER)), STRANGER)).toEqual([]);
});

/** A hub that has asked the source to send transfers 5 and 6 of one run. */
function twoSending(): Hub {
  const hub = sendingHub();
  hub.load({ id: 6 });
  hub.on(receiving(DESTINATION, 6));
  return hub;
}

/** What the destination is asked to receive. */
function offersIn(effects: readonly HubEffect[]) {
  return messagesTo(effects, DESTINATION).flatMap((each) => (each.type === 'receive' ? each.transfers : []));
}
