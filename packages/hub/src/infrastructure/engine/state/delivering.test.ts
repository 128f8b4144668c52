import { encodeNackFrame } from '@ferryline/engine';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ack,
  CHUNK,
  chunk,
  DESTINATION,
  HASH,
  type Hub,
  messagesTo,
  newHub,
  REF,
  received,
  receiving,
  run,
  SOURCE,
  sendsIn,
  statesIn,
  storedWhole,
  typesOf,
} from '../example-core.ts';
import type { HubEffect } from './effects.ts';

let hub: Hub;

beforeEach(() => {
  hub = newHub({ relayDiskBytes: 64 * CHUNK });
});

describe('when the source has gone', () => {
  beforeEach(() => {
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.on({
      type: 'runAppeared',
      run: { ...run({ state: 'running' }), counters: { ...run().counters, filesPlanned: 1 } },
    });
  });

  test('only what is stored whole is loaded, and offered', () => {
    const asked = hub.treeIsEmpty();
    const offered = hub.load(storedWhole, [[0, 3]]);

    expect(asked).toContainEqual(expect.objectContaining({ type: 'loadTransfers', only: 'stored' }));
    expect(messagesTo(offered, DESTINATION)).toMatchObject([{ type: 'receive', transfers: [REF] }]);
  });

  test('its chunks are read and handed on, and the destination is told of the whole', () => {
    const ready = begin();
    const read = hub.on({ type: 'storedChunkRead', ref: REF, index: 0, bytes: chunk() });
    const answered = hub.on(received(DESTINATION, ack(0)));

    expect(messagesTo(ready, DESTINATION)).toMatchObject([
      { type: 'finish', transfers: [{ ...REF, fileHash: HASH, chunkListHash: HASH }] },
    ]);
    expect(ready.filter(({ type }) => type === 'readStored')).toHaveLength(3);
    expect(read).toMatchObject([{ type: 'forwardFrame', agentId: DESTINATION, from: DESTINATION }]);
    expect(typesOf(answered)).not.toContain('forwardFrame');
    expect(hub.state.transfers.get(5)?.bytesTransferred).toBe(CHUNK);
  });

  test('no more than a window is read ahead of what the destination takes', () => {
    const identity = { dev: '1', ino: '1', size: 20 * CHUNK, mtimeNs: '0', ctimeNs: '0' };
    hub.treeIsEmpty();
    hub.load({ ...storedWhole, sizeBytes: 20 * CHUNK, totalChunks: 20, storedChunks: 20, identity }, [[0, 20]]);

    const ready = hub.on(receiving(DESTINATION, 5));
    const answered = hub.on(received(DESTINATION, ack(0)));

    // Half of the memory is for what a source may send.
    expect(ready.filter(({ type }) => type === 'readStored')).toHaveLength(4);
    expect(answered).toEqual([{ type: 'readStored', ref: REF, index: 4 }]);
  });

  test('the run comes to its end, and the disk is cleared when that is recorded', () => {
    begin();
    hub.on({ type: 'messageReceived', agentId: DESTINATION, message: { type: 'finished', transfers: [REF] } });
    const recorded = [...hub.on({ type: 'ticked' }), ...hub.on({ type: 'recorded' }), ...hub.on({ type: 'recorded' })];
    hub.noneLeft();
    const rest = hub.noneLeft();

    expect(statesIn(recorded)).toEqual(['completed']);
    expect(recorded).toContainEqual({ type: 'dropStored', transferIds: [5] });
    expect(rest).toContainEqual(expect.objectContaining({ type: 'loadTreeEntries' }));
    expect(hub.state.runs.get(1)?.phase).toBe('sealing');
  });

  test('the run does not end while something waits for its source', () => {
    hub.treeIsEmpty();
    hub.noneLeft();

    expect(hub.state.runs.get(1)?.phase).toBe('moving');
  });

  test('F37, F38: a chunk that was lost on the disk waits for the source, and is asked of it when it is back', () => {
    begin();
    hub.on({ type: 'storedChunkLost', ref: REF, index: 1 });
    expect(hub.lastRecord()?.transfers).toMatchObject([{ state: 'suspended', storedChunks: 2 }]);

    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    const offered = hub.load({ state: 'suspended', fileHash: HASH, chunkListHash: HASH }, [
      [0, 1],
      [2, 1],
    ]);
    const ready = hub.on(receiving(DESTINATION, 5));

    expect(messagesTo(offered, DESTINATION)).toMatchObject([{ type: 'receive' }]);
    const held = [
      [0, 1],
      [2, 1],
    ];
    expect(sendsIn(ready)).toMatchObject([{ transfers: [{ ...REF, held }] }]);
  });

  test('F37: a chunk that was lost on the disk is asked of the source at once when that is there', () => {
    begin();
    hub.on({ type: 'sessionOpened', agentId: SOURCE });

    const effects = hub.on({ type: 'storedChunkLost', ref: REF, index: 2 });

    expect(sendsIn(effects)).toMatchObject([{ transfers: [{ ...REF, held: [[0, 2]] }] }]);
    expect(hub.state.transfers.get(5)?.state).toBe('running');
  });

  test('a chunk that is damaged on the way from the disk is read once more', () => {
    begin();

    expect(hub.on(received(DESTINATION, nack('damagedOnTheWay')))).toContainEqual({
      type: 'readStored',
      ref: REF,
      index: 0,
    });
  });

  test('what the disk holds, and its destination refuses, starts over with the next attempt', () => {
    begin();

    const effects = hub.on(received(DESTINATION, nack('digestMismatch')));

    expect(effects).toContainEqual({ type: 'dropStored', transferIds: [5] });
    expect(hub.state.transfers.get(5)).toMatchObject({ phase: 'resting', attempt: 2 });
  });

  function begin(): HubEffect[] {
    hub.treeIsEmpty();
    hub.load(storedWhole, [[0, 3]]);
    return hub.on(receiving(DESTINATION, 5));
  }
});

function nack(reason: 'damagedOnTheWay' | 'digestMismatch'): Buffer {
  return encodeNackFrame({ ...REF, chunkIndex: 0, rawLength: CHUNK, digest: Buffer.alloc(32), reason });
}
