import { beforeEach, describe, expect, test } from 'vitest';
import {
  ack,
  CHUNK,
  chunk,
  chunkStored,
  DESTINATION,
  failedAt,
  type Hub,
  messagesTo,
  newHub,
  REF,
  received,
  receiving,
  run,
  SOURCE,
  sent,
  sentChunk,
  typesOf,
} from '../example-core.ts';
import type { HubEffect } from './effects.ts';

let hub: Hub;

describe('a destination comes back while its source sends to the disk', () => {
  beforeEach(() => {
    hub = newHub({ relayDiskBytes: 64 * CHUNK });
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
    hub.load();
    hub.on(received(SOURCE, chunk()));
    hub.on(chunkStored(0));
  });

  test('P5: the source sends on, and is not asked for anything twice', () => {
    const back = comeBack();
    const ready = hub.on(receiving(DESTINATION, 5));

    expect(toSource(back)).toEqual([]);
    expect(toSource(ready)).toEqual([]);
    expect(ready).toContainEqual({ type: 'readStored', ref: REF, index: 0 });
  });

  test('what comes before it is ready goes to the disk, and what comes after goes the direct way', () => {
    const back = comeBack();
    const before = hub.on(received(SOURCE, chunk({ chunkIndex: 1 })));
    const ready = hub.on(receiving(DESTINATION, 5));
    const after = hub.on(received(SOURCE, chunk({ chunkIndex: 2 })));
    const claimed = hub.on(chunkStored(1));

    expect(messagesTo(back, DESTINATION)).toMatchObject([{ type: 'receive', transfers: [REF] }]);
    expect(typesOf(before)).toEqual(['storeFrame']);
    // Its room is for others.
    expect(ready).toContainEqual({ type: 'reserveRoom', ref: REF, bytes: 0 });
    expect(after).toMatchObject([{ type: 'forwardFrame', agentId: DESTINATION, from: SOURCE }]);
    expect(typesOf(claimed)).toEqual(['ackFrame', 'readStored']);
  });

  test('what the source states of the whole meanwhile is said to the destination when that is ready', () => {
    comeBack();
    hub.on(received(SOURCE, chunk({ chunkIndex: 1 })));
    hub.on(sent());
    const ready = hub.on(receiving(DESTINATION, 5));

    expect(toSource(ready)).toEqual([]);
    expect(messagesTo(ready, DESTINATION)).toMatchObject([{ type: 'finish', transfers: [REF] }]);
  });

  test('P5: one that turns out to hold more than the disk has its source begin anew, without that', () => {
    comeBack();
    const ready = hub.on(receiving(DESTINATION, 5, [[1, 1]]));

    expect(toSource(ready)).toMatchObject([
      { type: 'cancel', transfers: [REF] },
      { type: 'send', transfers: [{ ...REF, held: [[0, 2]] }] },
    ]);
  });

  test('F35: what the disk does not take meanwhile is sent once more when the destination is ready', () => {
    comeBack();
    const { frame, bytes } = sentChunk(1);
    hub.on(received(SOURCE, chunk({ chunkIndex: 1 })));
    const refused = hub.on({ type: 'chunkNotStored', frame, bytes, isContradiction: false });
    const ready = hub.on(receiving(DESTINATION, 5));

    expect(messagesTo(refused, SOURCE)).toMatchObject([{ type: 'cancel', transfers: [REF] }]);
    expect(toSource(ready)).toMatchObject([{ type: 'send', transfers: [{ ...REF, held: [[0, 1]] }] }]);
  });

  test('F37: what the disk loses meanwhile is sent once more when the destination is ready', () => {
    comeBack();
    const lost = hub.on({ type: 'storedChunkLost', ref: REF, index: 0 });
    const ready = hub.on(receiving(DESTINATION, 5));

    expect(messagesTo(lost, SOURCE)).toMatchObject([{ type: 'cancel', transfers: [REF] }]);
    expect(toSource(ready)).toMatchObject([{ type: 'send', transfers: [{ ...REF, held: [] }] }]);
  });

  test('one that is stored whole before its directories stand is offered from the disk', () => {
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    for (const chunkIndex of [1, 2]) {
      hub.on(received(SOURCE, chunk({ chunkIndex })));
      hub.on(chunkStored(chunkIndex));
    }
    const stored = hub.on(sent());
    const loaded = hub.treeIsEmpty();

    expect(messagesTo(stored, SOURCE)).toMatchObject([{ type: 'cancel', transfers: [REF] }]);
    expect(hub.state.transfers.size).toBe(0);
    expect(loaded).toContainEqual(expect.objectContaining({ type: 'loadTransfers', afterId: 0 }));
  });

  test('it goes away again: the source stops, and is asked for what is missing on the disk', () => {
    comeBack();
    hub.on(sent());
    const away = hub.on({ type: 'sessionClosed', agentId: DESTINATION });
    const again = hub.load({ state: 'suspended' }, [[0, 1]]);

    expect(messagesTo(away, SOURCE)).toMatchObject([{ type: 'cancel', transfers: [REF] }]);
    expect(messagesTo(again, SOURCE)).toMatchObject([{ type: 'send', transfers: [{ ...REF, held: [[0, 1]] }] }]);
    expect(hub.lastRecord()?.transfers.at(-1)).not.toHaveProperty('fileHash', expect.anything());
  });

  test('what the disk takes or loses after the transfer failed changes nothing: the run ends', () => {
    comeBack();
    hub.on(received(SOURCE, chunk({ chunkIndex: 1 })));
    hub.on(failedAt(DESTINATION, { code: 'NO_SPACE', message: 'no room' }));
    while (hub.state.recordings.length > 0) hub.on({ type: 'recorded' });
    hub.lastRecord();
    hub.on(chunkStored(1));
    hub.on({ type: 'storedChunkLost', ref: REF, index: 0 });
    hub.lastRecord();
    while (hub.state.recordings.length > 0) hub.on({ type: 'recorded' });
    hub.noneLeft();
    hub.treeIsEmpty();

    expect(hub.lastRecord()?.runs).toMatchObject([{ state: 'failed', counters: { filesFailed: 1 } }]);
  });

  test('a chunk that came from the disk and from its source is answered to both when its destination holds it', () => {
    comeBack();
    hub.on(receiving(DESTINATION, 5));
    // A copy from before the source was asked anew.
    hub.on(received(SOURCE, chunk()));
    const answered = hub.on(received(DESTINATION, ack(0)));

    expect(answered).toContainEqual(expect.objectContaining({ type: 'forwardFrame', agentId: SOURCE }));
    expect(hub.state.routes.get(1)).toMatchObject({ unansweredBytes: 0, deliveringBytes: 0 });
  });

  test('the window has room again for all of it when it is through', () => {
    comeBack();
    hub.on(received(SOURCE, chunk({ chunkIndex: 1 })));
    hub.on(receiving(DESTINATION, 5));
    hub.on(received(SOURCE, chunk({ chunkIndex: 2 })));
    hub.on(chunkStored(1));
    hub.on({ type: 'storedChunkRead', ref: REF, index: 0, bytes: chunk() });
    hub.on(sent());
    for (const index of [0, 1, 2]) hub.on(received(DESTINATION, ack(index)));
    hub.on({
      type: 'messageReceived',
      agentId: DESTINATION,
      message: { type: 'finished', transfers: [REF] },
    });

    expect(hub.state.routes.size).toBe(0);
    hub.on({ type: 'recorded' });
    expect(hub.lastRecord()?.transfers).toMatchObject([{ state: 'completed' }]);
  });
});

/** Its directories stand at once. */
function comeBack(): HubEffect[] {
  return [...hub.on({ type: 'sessionOpened', agentId: DESTINATION }), ...hub.treeIsEmpty()];
}

/** But for its window, which is divided anew whenever the disk begins or ends to deliver. */
function toSource(effects: readonly HubEffect[]) {
  return messagesTo(effects, SOURCE).filter(({ type }) => type !== 'window');
}
