import { encodeNackFrame } from '@ferryline/engine';
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
  received,
  receiving,
  recordsOf,
  run,
  SOURCE,
  sent,
  statesIn,
} from '../example-core.ts';
import type { HubEffect } from './effects.ts';
import type { HubEvent } from './events.ts';

const REF = { transfer: 5, attempt: 1 };
const HASH = 'a'.repeat(64);
/** A transfer that the relay's disk holds whole, as the database has it. */
const stored = { state: 'suspended', storedChunks: 3, fileHash: HASH, chunkListHash: HASH } as const;

let hub: Hub;

beforeEach(() => {
  hub = newHub({ relayDiskBytes: 64 * CHUNK });
});

describe('while the destination is away', () => {
  beforeEach(() => {
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
  });

  test('the source sends to the relay, and room is kept for it', () => {
    const effects = hub.load();

    expect(messagesTo(effects, SOURCE)).toMatchObject([{ type: 'send', route: 1, transfers: [{ ...REF, held: [] }] }]);
    expect(effects).toContainEqual({ type: 'reserveRoom', ref: REF, bytes: 3 * (CHUNK + 72) });
  });

  test('A2: a chunk is acknowledged when it is on the disk and claimed, and not before', () => {
    hub.load();
    const chunkEvent = received(SOURCE, chunk());
    const arrived = hub.on(chunkEvent);

    const claimed = hub.on(chunkStored(0));

    expect(arrived).toEqual([{ type: 'storeFrame', frame: chunkEvent.frame, bytes: chunkEvent.bytes }]);
    expect(claimed).toEqual([{ type: 'ackFrame', agentId: SOURCE, frame: chunkEvent.frame }]);
  });

  test('a transfer that is stored whole is recorded as suspended, and the next one takes its place', () => {
    hub.load();
    storeAll();

    const stated = hub.on(sent());

    expect(hub.state.transfers.size).toBe(0);
    expect(stated).toContainEqual({ type: 'restStored', transferIds: [5] });
    expect(hub.lastRecord()?.transfers).toMatchObject([
      { state: 'suspended', storedChunks: 3, fileHash: HASH, chunkListHash: HASH },
    ]);
  });

  test('the last chunk may be stored after the source has stated the whole', () => {
    hub.load();
    hub.on(received(SOURCE, chunk({ chunkIndex: 0 })));
    hub.on(sent());
    expect(hub.state.transfers.size).toBe(1);

    storeAll();

    expect(hub.state.transfers.size).toBe(0);
  });

  test('what is stored already is not asked for again', () => {
    expect(messagesTo(hub.load(stored, [[0, 3]]), SOURCE)).toEqual([]);
    expect(messagesTo(hub.load({ id: 6, state: 'suspended' }, [[1, 2]]), SOURCE)).toMatchObject([
      { transfers: [{ transfer: 6, held: [[1, 2]] }] },
    ]);
  });

  test('P5: a file of which the destination holds a part is not sent a second time', () => {
    expect(messagesTo(hub.load({ state: 'suspended', completedChunks: 1 }), SOURCE)).toEqual([]);
  });

  test('P7: a file that the destination may have published waits for it', () => {
    const finishing = { state: 'suspended', fileHash: HASH, chunkListHash: HASH } as const;

    expect(messagesTo(hub.load(finishing), SOURCE)).toEqual([]);
  });

  test('P5: what was under way when the hub died waits for its destination as long as that may be on its way back', () => {
    const early = hub.load({ state: 'running' });
    hub.at(29_000);
    hub.on({ type: 'ticked' });
    hub.at(30_000);
    const later = hub.on({ type: 'ticked' });

    expect(messagesTo(early, SOURCE)).toEqual([]);
    expect(typesOf(later)).toContain('loadTransfers');
    expect(messagesTo(hub.load({ state: 'running' }), SOURCE)).toMatchObject([{ type: 'send' }]);
  });

  test('what was being stored when the hub died goes on at once', () => {
    expect(messagesTo(hub.load({ state: 'running' }, [[0, 1]]), SOURCE)).toMatchObject([{ type: 'send' }]);
  });

  test('L4: what has no room waits at its source until there is room', () => {
    hub.roomFor(3 * CHUNK);
    const full = hub.load();
    hub.roomFor(4 * CHUNK);

    const roomy = hub.on({ type: 'ticked' });

    expect(messagesTo(full, SOURCE)).toEqual([]);
    expect(messagesTo(roomy, SOURCE)).toMatchObject([{ type: 'send' }]);
  });

  test('what is larger than the whole quota lets others pass', () => {
    const identity = { dev: '1', ino: '1', size: 100 * CHUNK, mtimeNs: '0', ctimeNs: '0' };
    hub.load({ id: 4, sizeBytes: 100 * CHUNK, totalChunks: 100, identity });

    expect(messagesTo(hub.load(), SOURCE)).toMatchObject([{ transfers: [{ transfer: 5 }] }]);
  });

  test('F35: a disk that takes no more is tried again after a while, and the source is told to stop', () => {
    hub.load();
    const { frame, bytes } = received(SOURCE, chunk());
    if (frame.kind !== 'chunk') throw new Error('no chunk');
    hub.on(received(SOURCE, chunk()));

    const refused = hub.on({ type: 'chunkNotStored', frame, bytes, isContradiction: false });
    hub.at(29_000);
    const early = hub.on({ type: 'ticked' });
    hub.at(30_000);
    const later = hub.on({ type: 'ticked' });

    expect(messagesTo(refused, SOURCE)).toMatchObject([{ type: 'cancel', transfers: [REF] }]);
    expect(typesOf(early)).not.toContain('loadTransfers');
    expect(typesOf(later)).toContain('loadTransfers');
  });

  test('F29: another chunk under the same index ends the session of its source', () => {
    hub.load();
    const { frame, bytes } = received(SOURCE, chunk());
    if (frame.kind !== 'chunk') throw new Error('no chunk');

    const effects = hub.on({ type: 'chunkNotStored', frame, bytes, isContradiction: true });

    expect(effects).toMatchObject([{ type: 'closeSession', agentId: SOURCE, code: 'PROTOCOL' }]);
  });

  test('what goes to the disk of an attempt is dropped with it', () => {
    hub.load();
    hub.on(received(SOURCE, chunk()));
    hub.on(chunkStored(0));

    const failed = hub.on(failedAt(SOURCE, { code: 'HASH_MISMATCH', message: 'try again' }));
    hub.at(5_000);
    const again = hub.on({ type: 'ticked' });

    expect(failed).toContainEqual({ type: 'dropStored', transferIds: [5] });
    expect(messagesTo(again, SOURCE)).toMatchObject([{ type: 'send', transfers: [{ attempt: 2, held: [] }] }]);
  });

  test('a cancelled run leaves nothing on the disk', () => {
    hub.load();

    const effects = hub.on({ type: 'runCancelled', runId: 1 });

    expect(typesOf(effects)).toEqual(expect.arrayContaining(['sweepStored', 'dropStored']));
  });
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
    const offered = hub.load(stored, [[0, 3]]);

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
    hub.load({ ...stored, sizeBytes: 20 * CHUNK, totalChunks: 20, storedChunks: 20, identity }, [[0, 20]]);

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
    hub.load(stored, [[0, 3]]);
    return hub.on(receiving(DESTINATION, 5));
  }
});

describe('while both are there', () => {
  beforeEach(() => moving());

  test('F37: a chunk that was lost on the disk is asked of the source at once', () => {
    hub.on({ type: 'sessionClosed', agentId: SOURCE });
    hub.treeIsEmpty();
    hub.load(stored, [[0, 3]]);
    hub.on(receiving(DESTINATION, 5));
    hub.on({ type: 'sessionOpened', agentId: SOURCE });

    const effects = hub.on({ type: 'storedChunkLost', ref: REF, index: 2 });

    expect(sendsIn(effects)).toMatchObject([{ transfers: [{ ...REF, held: [[0, 2]] }] }]);
    expect(hub.state.transfers.get(5)?.state).toBe('running');
  });

  test('F23: what a slow destination cannot take is taken back from its lane, and goes to the disk with what follows', () => {
    fillWindow();
    hub.at(10_000);

    const slow = hub.on({ type: 'ticked' });
    const back = hub.on(takenBack(0));
    const next = hub.on(received(SOURCE, chunk({ chunkIndex: 2 })));

    expect(slow).toContainEqual({ type: 'takeBackFrames', agentId: DESTINATION, refs: [REF] });
    expect(typesOf(back)).toEqual(['storeFrame']);
    expect(typesOf(next)).toEqual(['storeFrame']);
  });

  test('F23: stored chunks are handed on as the destination takes them, and when it has caught up all goes the direct way', () => {
    fillWindow();
    hub.at(10_000);
    hub.on({ type: 'ticked' });
    hub.on(takenBack(0));
    const claimed = hub.on(chunkStored(0));
    hub.on(received(DESTINATION, ack(0)));
    hub.at(12_000);
    hub.on({ type: 'ticked' });

    const next = hub.on(received(SOURCE, chunk({ chunkIndex: 2 })));

    expect(typesOf(claimed)).toEqual(expect.arrayContaining(['ackFrame', 'readStored']));
    expect(typesOf(next)).toEqual(['forwardFrame']);
  });

  test('a destination that empties its window in time is not slow', () => {
    fillWindow();
    hub.on(received(DESTINATION, ack(0)));
    hub.on(received(DESTINATION, ack(1)));
    hub.at(10_000);

    expect(typesOf(hub.on({ type: 'ticked' }))).not.toContain('takeBackFrames');
  });

  test('a full disk leaves a slow destination to its window', () => {
    hub.roomFor(0);
    fillWindow();
    hub.at(10_000);
    hub.on({ type: 'ticked' });

    expect(typesOf(hub.on(takenBack(0)))).toEqual(['forwardFrame']);
  });

  test('a chunk that the disk did not take goes to its destination', () => {
    fillWindow();
    hub.at(10_000);
    hub.on({ type: 'ticked' });
    hub.on(takenBack(0));
    const { frame, bytes } = received(SOURCE, chunk());
    if (frame.kind !== 'chunk') throw new Error('no chunk');

    const effects = hub.on({ type: 'chunkNotStored', frame, bytes, isContradiction: false });

    expect(effects).toMatchObject([{ type: 'forwardFrame', agentId: DESTINATION }]);
  });

  /** A run with one transfer that is being sent, and a window of two chunks. */
  function moving(): void {
    hub = newHub({ relayDiskBytes: 64 * CHUNK, relayMemoryBytes: 2 * CHUNK });
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
    hub.treeIsEmpty();
    hub.load();
    hub.on(receiving(DESTINATION, 5));
  }

  function fillWindow(): void {
    for (const chunkIndex of [0, 1]) hub.on(received(SOURCE, chunk({ chunkIndex })));
  }
});

test('without a disk everything waits for its destination', () => {
  hub = newHub();
  hub.on({ type: 'sessionOpened', agentId: SOURCE });
  const effects = hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });

  expect(effects).toEqual([]);
  expect(recordsOf(hub.on({ type: 'runCancelled', runId: 1 }))).toEqual([]);
});

function storeAll(): void {
  for (const chunkIndex of [0, 1, 2]) {
    hub.on(received(SOURCE, chunk({ chunkIndex })));
    hub.on(chunkStored(chunkIndex));
  }
}

function takenBack(chunkIndex: number): HubEvent {
  const { frame, bytes } = received(SOURCE, chunk({ chunkIndex }));
  if (frame.kind !== 'chunk') throw new Error('no chunk');
  return { type: 'frameTakenBack', frame, bytes };
}

function nack(reason: 'damagedOnTheWay' | 'digestMismatch'): Buffer {
  return encodeNackFrame({ ...REF, chunkIndex: 0, rawLength: CHUNK, digest: Buffer.alloc(32), reason });
}

function sendsIn(effects: readonly HubEffect[]) {
  return messagesTo(effects, SOURCE).filter(({ type }) => type === 'send');
}

function typesOf(effects: readonly HubEffect[]): string[] {
  return effects.map(({ type }) => type);
}
