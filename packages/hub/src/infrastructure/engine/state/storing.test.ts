import { beforeEach, describe, expect, test } from 'vitest';
import {
  CHUNK,
  chunk,
  chunkStored,
  failedAt,
  HASH,
  type Hub,
  messagesTo,
  newHub,
  REF,
  received,
  recordsOf,
  run,
  SOURCE,
  sent,
  sentChunk,
  storedWhole,
  typesOf,
} from '../example-core.ts';

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
    expect(messagesTo(hub.load(storedWhole, [[0, 3]]), SOURCE)).toEqual([]);
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
    const { frame, bytes } = sentChunk(0);
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
    const { frame, bytes } = sentChunk(0);

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
