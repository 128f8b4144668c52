import { readdir } from 'node:fs/promises';
import type { TransferRef } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExampleRun, exampleNow, planTransfers } from '../../adapter/sql/example-run.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlStore } from '../../adapter/sql/sql-store.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleFrame } from '../../infrastructure/engine/relay/example-frame.ts';
import { ExampleRelay } from '../../infrastructure/engine/relay/example-relay.ts';

const GIB = 2 ** 30;

let database: TemporaryDatabase<Database>;
let relay: ExampleRelay;
/** Three transfers of one run, in their first attempt. */
let first: TransferRef;
let second: TransferRef;
let third: TransferRef;

beforeEach(async () => {
  database = await migratedDatabase();
  const store = new SqlStore(database.db, exampleNow);
  const run = await createExampleRun(database.db);
  [first, second, third] = (await planTransfers(store, run, 3)) as [TransferRef, TransferRef, TransferRef];
  relay = await ExampleRelay.open(store.relayClaims);
});

afterEach(async () => {
  await relay.remove();
  await database[Symbol.asyncDispose]();
});

describe('room on the relay’s disk', () => {
  const FRAME = exampleFrame({ transfer: 1, attempt: 1 }, 0).bytes.length;

  test('is what the quota leaves, and comes back when something is dropped', async () => {
    await relay.reopen({ quotaBytes: 2 * FRAME });
    await Promise.all([relay.append(first, 0), relay.append(second, 0)]);
    expect(relay.store.freeBytes).toBe(0);

    await expect(relay.append(first, 1)).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringContaining('--relay-disk-quota'),
    });
    await relay.store.drop([second.transfer]);
    await relay.append(first, 1);

    expect(relay.store.usedBytes).toBe(2 * FRAME);
  });

  test('is kept for whoever reserved it, until it is used or given back', async () => {
    await relay.reopen({ quotaBytes: 3 * FRAME });

    expect(relay.store.reserve(first, 2 * FRAME)).toBe(true);
    expect(relay.store.reserve(second, 2 * FRAME)).toBe(false);
    expect(relay.store.reserve(second, FRAME)).toBe(true);
    await expect(relay.append(third, 0)).rejects.toMatchObject({ code: 'NO_SPACE' });
    await relay.append(second, 0);
    expect([relay.store.usedBytes, relay.store.reservedBytes, relay.store.freeBytes]).toEqual([FRAME, 2 * FRAME, 0]);
    await relay.append({ ...first, attempt: 2 }, 0);

    expect([relay.store.usedBytes, relay.store.reservedBytes, relay.store.freeBytes]).toEqual([2 * FRAME, 0, FRAME]);
  });

  test('that is reserved again is reserved instead', async () => {
    await relay.reopen({ quotaBytes: 4 * FRAME });
    relay.store.reserve(first, FRAME);

    expect(relay.store.reserve(first, 3 * FRAME)).toBe(true);
    await relay.append(first, 0);
    expect([relay.store.reservedBytes, relay.store.freeBytes]).toEqual([2 * FRAME, FRAME]);
    relay.store.rest([first.transfer]);

    expect([relay.store.reservedBytes, relay.store.freeBytes]).toEqual([0, 3 * FRAME]);
  });

  test('is none where the quota is zero', async () => {
    await relay.reopen({ quotaBytes: 0 });

    expect(relay.store.reserve(first, 1)).toBe(false);
    await expect(relay.append(first, 0)).rejects.toMatchObject({ code: 'NO_SPACE' });
    expect(await readdir(relay.directory)).toEqual([]);
  });

  test.each([
    [100 * GIB, 5 * GIB],
    [10 * GIB, 2 * GIB],
  ])(
    'on a disk of %i bytes ends where %i of them are kept free, and begins again a second after there is some',
    async (totalBytes, kept) => {
      let [freeBytes, nowMs, asked] = [kept + FRAME, 0, 0];
      const diskSpace = async () => {
        asked += 1;
        return { freeBytes, totalBytes };
      };
      await relay.reopen({ diskSpace, nowMs: () => nowMs });
      expect(relay.store.reserve(first, FRAME + 1)).toBe(false);

      await relay.append(first, 0);
      await expect(relay.append(first, 1)).rejects.toMatchObject({
        code: 'NO_SPACE',
        message: expect.stringContaining('are kept free'),
      });
      expect(asked).toBe(1);
      [freeBytes, nowMs] = [kept + 2 * FRAME, 1_000];
      await relay.append(first, 1);

      expect([relay.store.reserve(first, FRAME), relay.store.reserve(first, FRAME + 1)]).toEqual([true, false]);
      expect(asked).toBe(2);
    },
  );
});
