import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransferRef } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExampleRun, exampleNow, exampleTransfer } from '../packages/hub/src/adapter/sql/example-run.ts';
import { migrateToLatest } from '../packages/hub/src/adapter/sql/migrations/migrate.ts';
import type { Database } from '../packages/hub/src/adapter/sql/schema.ts';
import { SqlStore } from '../packages/hub/src/adapter/sql/sql-store.ts';
import { openSqlite } from '../packages/hub/src/infrastructure/db/open-sqlite.ts';
import { exampleContent, exampleFrame } from '../packages/hub/src/infrastructure/engine/relay/example-frame.ts';
import { RelayStore } from '../packages/hub/src/infrastructure/engine/relay/relay-store.ts';
import { canMountSmallDisk, mountSmallDisk } from './system/small-disk.ts';

const MIB = 1024 * 1024;

let folder: string;
let db: Kysely<Database>;
let refs: readonly [TransferRef, TransferRef, TransferRef];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-relay-full-'));
  db = await openSqlite<Database>(join(folder, 'hub.db'));
  await migrateToLatest(db);
  const { transfers } = new SqlStore(db, exampleNow);
  const run = await createExampleRun(db);
  await transfers.createBatch([0, 1, 2].map((ordinal) => exampleTransfer(run, ordinal)));
  const [first, second, third] = (await transfers.listUnsettled(run.id, 0, 3)).map(({ id }) => ({
    transfer: id,
    attempt: 1,
  }));
  if (first === undefined || second === undefined || third === undefined) throw new Error('a transfer is missing');
  refs = [first, second, third];
});

afterEach(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true });
});

/** A store whose own admission lets everything pass: the disk itself has to say that it is full. */
function openOn(disk: string): Promise<RelayStore> {
  return RelayStore.open({
    directory: join(disk, 'relay'),
    claims: new SqlStore(db, exampleNow).relayClaims,
    quotaBytes: 2 ** 40,
    diskSpace: async () => ({ freeBytes: 2 ** 50, totalBytes: 2 ** 50 }),
    logger: pino({ level: 'silent' }),
  });
}

function frameOf(ref: TransferRef, index: number) {
  return exampleFrame(ref, index, exampleContent(`${ref.transfer}.${index}`, MIB));
}

function append(relay: RelayStore, ref: TransferRef, index: number): Promise<void> {
  const { frame, bytes } = frameOf(ref, index);
  return relay.append(frame, bytes);
}

async function isThere(relay: RelayStore, ref: TransferRef, index: number): Promise<boolean> {
  return (await relay.read(ref, index)).equals(frameOf(ref, index).bytes);
}

describe.skipIf(!canMountSmallDisk())('a relay on a disk that is full (needs leave to mount a tmpfs)', () => {
  test('F35: takes no chunk by halves, gives out what it has, and takes chunks again when there is room', async () => {
    const disk = join(folder, 'disk');
    using _mounted = mountSmallDisk(disk, 8);
    const relay = await openOn(disk);
    const [first, second] = refs;

    const chunks = Array.from({ length: 10 }, (_, at) => [at % 2 === 0 ? first : second, at] as const);
    const refused: unknown[] = [];
    const stored: (typeof chunks)[number][] = [];
    for (const chunk of chunks) {
      await append(relay, ...chunk).then(
        () => stored.push(chunk),
        (thrown: unknown) => refused.push(Reflect.get(Object(thrown), 'code')),
      );
    }

    expect(refused).toEqual(['NO_SPACE', 'NO_SPACE', 'NO_SPACE']);
    for (const [ref, index] of stored) expect(await isThere(relay, ref, index)).toBe(true);
    const directory = join(disk, 'relay');
    const lengths = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(7 * frameOf(first, 0).bytes.length);
    expect(relay.usedBytes).toBe(7 * frameOf(first, 0).bytes.length);

    await relay.drop([second.transfer]);
    await append(relay, first, 8);
    expect(await isThere(relay, first, 8)).toBe(true);
    await relay.close();
  });

  test('F36: refuses a transfer for which there is no file left, and takes it when there is one', async () => {
    const disk = join(folder, 'disk');
    // The root, the directory, and two data files.
    using _mounted = mountSmallDisk(disk, 8, 4);
    const relay = await openOn(disk);
    const [first, second, third] = refs;
    await Promise.all([append(relay, first, 0), append(relay, second, 0)]);

    await expect(append(relay, third, 0)).rejects.toMatchObject({ code: 'NO_SPACE' });
    await append(relay, first, 1);
    await relay.drop([second.transfer]);
    await append(relay, third, 0);

    for (const ref of [first, third]) expect(await isThere(relay, ref, 0)).toBe(true);
    await relay.close();
  });
});
