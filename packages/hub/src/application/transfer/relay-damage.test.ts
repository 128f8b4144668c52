import { open as openFile, rm, stat, truncate } from 'node:fs/promises';
import type { TransferRef } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExampleRun, exampleNow, planTransfers } from '../../adapter/sql/example-run.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlStore } from '../../adapter/sql/sql-store.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleFrame } from '../../infrastructure/engine/relay/example-frame.ts';
import { ExampleRelay } from '../../infrastructure/engine/relay/example-relay.ts';
import { standIn } from '../store/stand-in.ts';

let database: TemporaryDatabase<Database>;
let store: SqlStore;
let relay: ExampleRelay;
let ref: TransferRef;
/** The data file; three chunks are stored in it. */
let file: string;
/** What the removal of a claim waits for. */
let beforeRemoval: () => Promise<void>;

const FRAME = exampleFrame({ transfer: 1, attempt: 1 }, 0).bytes.length;

beforeEach(async () => {
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
  [ref] = (await planTransfers(store, await createExampleRun(database.db), 1)) as [TransferRef];
  beforeRemoval = async () => undefined;
  relay = await ExampleRelay.open(
    standIn(store.relayClaims, {
      delete: async (claim) => {
        await beforeRemoval();
        await store.relayClaims.delete(claim);
      },
    }),
  );
  file = relay.pathOf(ref);
  await Promise.all([0, 1, 2].map(append));
});

afterEach(async () => {
  await relay.remove();
  await database[Symbol.asyncDispose]();
});

function append(index: number): Promise<void> {
  return relay.append(ref, index);
}

async function flipBit(at: number): Promise<void> {
  const handle = await openFile(file, 'r+');
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 0x10]), 0, 1, at);
  await handle.close();
}

/** The chunks that the database has a claim of. */
async function claimed(): Promise<readonly number[]> {
  return (await store.relayClaims.list([ref.transfer], undefined, 10)).map((claim) => claim.chunkIndex);
}

describe('F37: a chunk that is damaged at rest', () => {
  test.each<[string, () => Promise<void>]>([
    ['in its payload', () => flipBit(FRAME + 500)],
    ['in its header', () => flipBit(FRAME + 20)],
    ['in its length', () => flipBit(FRAME + 28)],
    ['in its magic', () => flipBit(FRAME)],
    ['because the file ends in it', () => truncate(file, 2 * FRAME - 1)],
    ['because the file ends before it', () => truncate(file, FRAME)],
  ])('%s is never given out, and can be stored again', async (_where, harm) => {
    await harm();

    await expect(relay.store.read(ref, 1)).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });

    expect(await claimed()).toEqual([0, 2]);
    expect(await relay.store.load([ref])).toEqual(
      new Map([
        [
          ref.transfer,
          [
            [0, 1],
            [2, 1],
          ],
        ],
      ]),
    );
    expect(relay.store.figures.lostChunks).toBe(1);
    await append(1);
    expect(await relay.store.read(ref, 0)).toEqual(exampleFrame(ref, 0).bytes);
    expect(await relay.store.read(ref, 1)).toEqual(exampleFrame(ref, 1).bytes);
    expect(relay.store.usedBytes).toBeGreaterThanOrEqual((await stat(file)).size);
  });

  test('is not taken for another one whose frame lies in its place', async () => {
    const handle = await openFile(file, 'r+');
    await handle.write(exampleFrame(ref, 0).bytes, 0, FRAME, FRAME);
    await handle.close();

    await expect(relay.store.read(ref, 1)).rejects.toMatchObject({
      code: 'CHUNK_CORRUPT',
      message: expect.stringContaining('another frame'),
    });
  });

  test('has lost its claim before anybody hears of it, and is stored again only after that', async () => {
    await flipBit(FRAME + 500);
    const mayGoOn = Promise.withResolvers<void>();
    const events: string[] = [];
    beforeRemoval = () => mayGoOn.promise.then(() => void events.push('removed'));

    const reads = [relay.store.read(ref, 1), relay.store.read(ref, 1)].map((read) =>
      read.catch(() => events.push('told')),
    );
    await expect.poll(() => relay.store.figures.lostChunks, { interval: 5 }).toBe(1);
    const again = append(1).then(() => events.push('stored'));
    // Had the chunk not waited, it would have been stored with this one.
    await append(3);
    expect(events).toEqual([]);
    mayGoOn.resolve();
    await Promise.all([...reads, again]);

    expect(events).toEqual(['removed', 'told', 'told', 'stored']);
    expect(await claimed()).toEqual([0, 1, 2, 3]);
    expect(await relay.store.read(ref, 1)).toEqual(exampleFrame(ref, 1).bytes);
  });
});

describe('F38: a data file that somebody removed', () => {
  test('is missed when it is read, chunk by chunk', async () => {
    relay.store.rest([ref.transfer]);
    await rm(file);

    await expect(relay.store.read(ref, 2)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await claimed()).toEqual([0, 1]);
    await append(2);
    // Not where others are claimed to be.
    expect((await store.relayClaims.list([ref.transfer], undefined, 10)).at(-1)?.frameOffset).toBe(3 * FRAME);
    await expect(relay.store.read(ref, 0)).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
    expect(await relay.store.read(ref, 2)).toEqual(exampleFrame(ref, 2).bytes);
  });

  test('takes no more while it is open: that would end with this hub', async () => {
    await rm(file);

    await expect(append(3)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('was removed'),
    });
    await expect(append(4)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(relay.store.figures.refusedFiles).toBe(1);
    expect(await claimed()).toEqual([0, 1, 2]);
  });
});
