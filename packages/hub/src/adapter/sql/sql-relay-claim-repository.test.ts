import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../domain/run/run.ts';
import type { RelayClaim } from '../../domain/transfer/relay-claim.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { createExampleRun, exampleNow, exampleTransfer } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlStore } from './sql-store.ts';

let database: TemporaryDatabase<Database>;
let store: SqlStore;
let run: Run;
/** Two transfers of the run. */
let first: number;
let second: number;

beforeEach(async () => {
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
  run = await createExampleRun(database.db);
  await store.transfers.createBatch([exampleTransfer(run, 0), exampleTransfer(run, 1)]);
  [first = 0, second = 0] = (await store.transfers.listUnsettled(run.id, 0, 2)).map(({ id }) => id);
});

afterEach(() => database[Symbol.asyncDispose]());

function claim(transferId: number, chunkIndex: number, rest: Partial<RelayClaim> = {}): RelayClaim {
  return {
    transferId,
    attempt: 1,
    chunkIndex,
    // Beyond what 32 bits hold: a data file has no such limit.
    frameOffset: 2 ** 33 + chunkIndex * 100,
    frameLength: 100,
    rawLength: 1_000,
    digest: 'ab'.repeat(32),
    ...rest,
  };
}

function all(): Promise<readonly RelayClaim[]> {
  return store.relayClaims.list([first, second], undefined, 10_000);
}

describe('claims in SQL', () => {
  test('come back as they were made, in order, page by page', async () => {
    const made = Array.from({ length: 1_203 }, (_, index) => claim(first, index));
    const other = claim(second, 0, { attempt: 2 ** 31 });

    expect(await store.relayClaims.createBatch([other, ...made])).toEqual([]);

    const page = await store.relayClaims.list([second, first], undefined, 1_000);
    const rest = await store.relayClaims.list([second, first], page.at(-1), 1_000);
    expect([...page, ...rest]).toEqual([...made, other]);
    expect(page).toHaveLength(1_000);
    expect(await store.relayClaims.list([], undefined, 10)).toEqual([]);
  });

  test('stay as they were made first, and it is said which were not added', async () => {
    const [old, anew] = [claim(first, 3), claim(first, 3, { frameOffset: 7, digest: 'cd'.repeat(32) })];
    await store.relayClaims.createBatch([old]);

    const refused = await store.relayClaims.createBatch([claim(first, 4), anew]);

    expect(refused).toEqual([anew]);
    expect(await all()).toEqual([old, claim(first, 4)]);
  });

  test('of a transfer that is not there are not added, and hinder no others', async () => {
    const stray = claim(second + 1, 0);

    expect(await store.relayClaims.createBatch([stray, claim(first, 0)])).toEqual([stray]);
    expect(await all()).toEqual([claim(first, 0)]);
  });

  test('go with their transfer', async () => {
    await store.relayClaims.createBatch([claim(first, 0)]);

    await store.transfers.deleteByRun(run.id);

    expect(await all()).toEqual([]);
  });

  test('tell of each attempt where its data file ends, whether the transfer has ended, and is in it', async () => {
    await store.relayClaims.createBatch([
      claim(first, 0),
      claim(first, 1),
      claim(first, 0, { attempt: 2 }),
      claim(second, 5, { frameOffset: 10 }),
    ]);
    const [ended] = await store.transfers.getByIds([second]);
    if (ended === undefined) throw new Error('the transfer is missing');
    await store.transfers.updateProgressBatch([{ ...ended, state: 'completed' }]);

    const page = await store.relayClaims.listFiles(undefined, 2);
    const rest = await store.relayClaims.listFiles(page.at(-1), 2);

    expect([...page, ...rest]).toEqual([
      { transferId: first, attempt: 1, endBytes: 2 ** 33 + 200, hasEnded: false, isPresent: true },
      { transferId: first, attempt: 2, endBytes: 2 ** 33 + 100, hasEnded: false, isPresent: false },
      { transferId: second, attempt: 1, endBytes: 110, hasEnded: true, isPresent: true },
    ]);
  });

  test('are removed one by one, beyond a length, by attempt and by transfer', async () => {
    const later = claim(first, 0, { attempt: 2 });
    await store.relayClaims.createBatch([0, 1, 2, 3].map((index) => claim(first, index)));
    await store.relayClaims.createBatch([later, claim(second, 0)]);

    await store.relayClaims.delete(claim(first, 0));
    await store.relayClaims.deleteBeyond({ transferId: first, attempt: 1 }, 2 ** 33 + 300);

    expect(await all()).toEqual([claim(first, 1), claim(first, 2), later, claim(second, 0)]);

    await store.relayClaims.deleteAttempts([{ transferId: first, attempt: 1 }]);

    expect(await store.relayClaims.listAttempts([first, second])).toEqual([
      { transferId: first, attempt: 2 },
      { transferId: second, attempt: 1 },
    ]);

    expect(await store.relayClaims.deleteTransfers([first])).toEqual([{ transferId: first, attempt: 2 }]);

    expect(await all()).toEqual([claim(second, 0)]);
    expect(await store.relayClaims.deleteTransfers([first])).toEqual([]);
  });
});
