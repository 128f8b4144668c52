import { appendFile, mkdir, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransferRef } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExampleRun, exampleNow, planTransfers } from '../../adapter/sql/example-run.ts';
import { migrateToLatest } from '../../adapter/sql/migrations/migrate.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlStore } from '../../adapter/sql/sql-store.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';
import { loadHubConfig } from '../../infrastructure/config/load-hub-config.ts';
import { backupHub } from '../../infrastructure/db/backup-hub.ts';
import { SQLITE_FILE } from '../../infrastructure/db/open-database.ts';
import { openSqlite } from '../../infrastructure/db/open-sqlite.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleFrame } from '../../infrastructure/engine/relay/example-frame.ts';
import { RelayStore } from '../../infrastructure/engine/relay/relay-store.ts';

const FRAME = exampleFrame({ transfer: 1, attempt: 1 }, 0).bytes.length;
const FRAMES = 4;

let database: TemporaryDatabase<Database>;
let store: SqlStore;
let folder: string;
let directory: string;
let refs: readonly TransferRef[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-relay-'));
  directory = join(folder, 'relay');
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
  refs = await storeFrames(database.db);
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Four transfers, each with as many stored chunks, and a hub that ended after that. */
async function storeFrames(db: Kysely<Database>): Promise<readonly TransferRef[]> {
  const made = await planTransfers(new SqlStore(db, exampleNow), await createExampleRun(db), 4);
  const relay = await open(db);
  for (let index = 0; index < FRAMES; index += 1) await Promise.all(made.map((ref) => append(relay, ref, index)));
  await relay.close();
  return made;
}

function open(db: Kysely<Database>): Promise<RelayStore> {
  const { relayClaims: claims } = new SqlStore(db, exampleNow);
  const diskSpace = async () => ({ freeBytes: 2 ** 50, totalBytes: 2 ** 50 });
  return RelayStore.open({ directory, claims, quotaBytes: 2 ** 30, diskSpace, logger: pino({ level: 'silent' }) });
}

function append(relay: RelayStore, ref: TransferRef, index: number): Promise<void> {
  const { frame, bytes } = exampleFrame(ref, index);
  return relay.append(frame, bytes);
}

function nameOf({ transfer, attempt }: TransferRef): string {
  return `${transfer}.${attempt}.frames`;
}

/** What the next life of a hub finds: the chunks of each transfer, the files, and how long they are. */
async function found(db = database.db) {
  const relay = await open(db);
  const ranges = await relay.load(refs);
  const files = await readdir(directory);
  const { usedBytes } = relay;
  await relay.close();
  return { chunks: refs.map((ref) => ranges.get(ref.transfer)), files: files.toSorted(), usedBytes };
}

async function change(ref: TransferRef, rest: Partial<Transfer>): Promise<void> {
  const [transfer] = await store.transfers.getByIds([ref.transfer]);
  if (transfer === undefined) throw new Error('the transfer is missing');
  await store.transfers.updateProgressBatch([{ ...transfer, ...rest }]);
}

const ALL = [[0, FRAMES]];

describe('F43: a hub that starts', () => {
  test('keeps what is claimed and there, to the last byte', async () => {
    expect(await found()).toEqual({
      chunks: [ALL, ALL, ALL, ALL],
      files: refs.map(nameOf).toSorted(),
      usedBytes: 4 * FRAMES * FRAME,
    });
  });

  test('removes files without a claim, and leaves alone what is not its own', async () => {
    await writeFile(join(directory, '999999.1.frames'), 'a frame that was never claimed');
    await writeFile(join(directory, `${refs[0]?.transfer}.7.frames`), 'an attempt that was never claimed');
    await writeFile(join(directory, 'README'), 'somebody else’s');

    const { files, usedBytes } = await found();

    expect(files).toEqual([...refs.map(nameOf), 'README'].toSorted());
    expect(usedBytes).toBe(4 * FRAMES * FRAME);
  });

  test('removes claims whose file is gone, or too short for them', async () => {
    const [gone, short, cut] = refs.map((ref) => join(directory, nameOf(ref))) as [string, string, string];
    await rm(gone);
    await truncate(short, 3 * FRAME - 1);
    await truncate(cut, FRAME - 1);

    const { chunks, files, usedBytes } = await found();

    expect(chunks).toEqual([[], [[0, 2]], [], ALL]);
    expect(files).toHaveLength(2);
    expect(usedBytes).toBe(3 * FRAME - 1 + FRAMES * FRAME);
    expect(await store.relayClaims.listAttempts(refs.map((ref) => ref.transfer))).toHaveLength(2);
  });

  test.each(['completed', 'failed', 'cancelled'] as const)(
    'removes what belongs to a transfer that is %s',
    async (state) => {
      const [ended, ...others] = refs as [TransferRef, ...TransferRef[]];
      await change(ended, { state });

      const { chunks, files } = await found();

      expect(chunks).toEqual([[], ALL, ALL, ALL]);
      expect(files).toEqual(others.map(nameOf).toSorted());
    },
  );

  test('removes what belongs to an attempt that is over', async () => {
    const [tried, ...others] = refs as [TransferRef, ...TransferRef[]];
    await change(tried, { state: 'suspended', attempt: 2 });

    const { chunks, files } = await found();

    expect(chunks).toEqual([[], ALL, ALL, ALL]);
    expect(files).toEqual(others.map(nameOf).toSorted());
  });

  test('goes on behind a frame that a crash has torn', async () => {
    const [torn] = refs as [TransferRef];
    await appendFile(join(directory, nameOf(torn)), exampleFrame(torn, FRAMES).bytes.subarray(0, 700));
    const relay = await open(database.db);
    await append(relay, torn, FRAMES);
    await relay.close();

    const again = await open(database.db);
    expect(await again.load([torn])).toEqual(new Map([[torn.transfer, [[0, FRAMES + 1]]]]));
    for (let index = 0; index <= FRAMES; index += 1) {
      expect(await again.read(torn, index)).toEqual(exampleFrame(torn, index).bytes);
    }
    expect(again.usedBytes).toBe((4 * FRAMES + 1) * FRAME + 700);
    await again.close();
    expect((await stat(join(directory, nameOf(torn)))).size).toBe((FRAMES + 1) * FRAME + 700);
  });
});

test.runIf(process.env.FERRY_TEST_DATABASE !== 'postgres')(
  'a hub that is restored from a backup, which has no chunks, claims none',
  async () => {
    const dataDir = join(folder, 'hub');
    directory = join(dataDir, 'relay');
    await mkdir(dataDir, { mode: 0o700 });
    const db = await openSqlite<Database>(join(dataDir, SQLITE_FILE));
    await migrateToLatest(db);
    refs = await storeFrames(db);
    await db.destroy();

    const restored = join(folder, 'restored');
    await mkdir(restored, { mode: 0o700 });
    await backupHub(loadHubConfig({ flags: { dataDir }, env: {} }), join(restored, SQLITE_FILE));
    directory = join(restored, 'relay');
    const after = await openSqlite<Database>(join(restored, SQLITE_FILE));

    try {
      expect(await new SqlStore(after, exampleNow).relayClaims.listFiles(undefined, 10)).toHaveLength(4);
      expect(await found(after)).toEqual({ chunks: [[], [], [], []], files: [], usedBytes: 0 });
      expect(await new SqlStore(after, exampleNow).relayClaims.listFiles(undefined, 10)).toEqual([]);
    } finally {
      await after.destroy();
    }
  },
);
