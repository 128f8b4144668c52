import { readdir, stat } from 'node:fs/promises';
import type { TransferRef } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExampleRun, exampleNow, planTransfers } from '../../adapter/sql/example-run.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlStore } from '../../adapter/sql/sql-store.ts';
import { RecordRefused } from '../../domain/run/record-refused.ts';
import type { Run } from '../../domain/run/run.ts';
import type { RelayClaimRepository } from '../../domain/transfer/relay-claim-repository.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleContent, exampleFrame } from '../../infrastructure/engine/relay/example-frame.ts';
import { ExampleRelay } from '../../infrastructure/engine/relay/example-relay.ts';
import { standIn } from '../store/stand-in.ts';

let database: TemporaryDatabase<Database>;
let store: SqlStore;
let run: Run;
let relay: ExampleRelay;
/** Two transfers of the run, in their first attempt. */
let first: TransferRef;
let second: TransferRef;

beforeEach(async () => {
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
  run = await createExampleRun(database.db);
  [first, second] = (await planTransfers(store, run, 2)) as [TransferRef, TransferRef];
  relay = await ExampleRelay.open(store.relayClaims);
});

afterEach(async () => {
  await relay.remove();
  await database[Symbol.asyncDispose]();
});

/** With somebody in between when claims are asked for or changed. */
function claimsBy(instead: (claims: RelayClaimRepository) => Partial<RelayClaimRepository>): RelayClaimRepository {
  return standIn<RelayClaimRepository>(store.relayClaims, instead(store.relayClaims));
}

describe('the relay on disk', () => {
  test('gives chunks back as they came, also in the next life of the hub', async () => {
    await Promise.all([relay.append(first, 0), relay.append(first, 2), relay.append(second, 5)]);

    expect(await relay.store.read(first, 2)).toEqual(exampleFrame(first, 2).bytes);
    await relay.reopen();
    expect(await relay.store.load([first, second])).toEqual(
      new Map([
        [
          first.transfer,
          [
            [0, 1],
            [2, 1],
          ],
        ],
        [second.transfer, [[5, 1]]],
      ]),
    );
    expect(await relay.store.read(first, 0)).toEqual(exampleFrame(first, 0).bytes);
    expect(await relay.store.read(second, 5)).toEqual(exampleFrame(second, 5).bytes);
    await expect(relay.store.read(first, 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('is for the account of the hub alone', async () => {
    await relay.append(first, 0);

    expect((await stat(relay.directory)).mode & 0o777).toBe(0o700);
    expect((await stat(relay.pathOf(first))).mode & 0o777).toBe(0o600);
  });

  test('stores a chunk once, however often it comes', async () => {
    await Promise.all([relay.append(first, 0), relay.append(first, 0)]);
    await relay.append(first, 0);
    await relay.reopen();
    await relay.append(first, 0);

    expect(await relay.sizeOf(first)).toBe(exampleFrame(first, 0).bytes.length);
    expect(relay.store.usedBytes).toBe(await relay.sizeOf(first));
  });

  test('refuses another chunk in the place of one that it holds, or that it is storing', async () => {
    const other = exampleContent('another', 500);
    const storing = relay.append(first, 0);
    await expect(relay.append(first, 0, other)).rejects.toMatchObject({ code: 'PROTOCOL' });
    await storing;
    await expect(relay.append(first, 0, other)).rejects.toMatchObject({ code: 'PROTOCOL' });

    expect(await relay.store.read(first, 0)).toEqual(exampleFrame(first, 0).bytes);
  });

  test('claims a hundred chunks that come together in one transaction', async () => {
    const batches: number[] = [];
    const claims = claimsBy((real) => ({
      createBatch: (wanted) => {
        batches.push(wanted.length);
        return real.createBatch(wanted);
      },
    }));
    await relay.reopen({ claims });

    const refs = [first, second, ...(await planTransfers(store, run, 18))];
    await Promise.all(refs.flatMap((ref) => [0, 1, 2, 3, 4].map((index) => relay.append(ref, index))));

    expect(batches).toEqual([100]);
    expect((await relay.store.load(refs)).get(second.transfer)).toEqual([[0, 5]]);
  });

  test('claims all that came while the database was busy together', async () => {
    const batches: number[] = [];
    const [begun, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const claims = claimsBy((real) => ({
      createBatch: async (wanted) => {
        batches.push(wanted.length);
        begun.resolve();
        await mayGoOn.promise;
        return real.createBatch(wanted);
      },
    }));
    await relay.reopen({ claims });

    const one = relay.append(first, 0);
    await begun.promise;
    const rest = Array.from({ length: 40 }, (_, index) => relay.append(second, index));
    await expect.poll(() => relay.sizeOf(second), { interval: 5 }).toBe(40 * exampleFrame(second, 0).bytes.length);
    mayGoOn.resolve();
    await Promise.all([one, ...rest]);

    expect(batches).toEqual([1, 40]);
  });

  test('claims no chunk before its bytes are there', async () => {
    const missing: number[] = [];
    const claims = claimsBy((real) => ({
      createBatch: async (wanted) => {
        for (const { transferId: transfer, attempt, frameOffset, frameLength } of wanted) {
          missing.push(Math.max(0, frameOffset + frameLength - (await relay.sizeOf({ transfer, attempt }))));
        }
        return real.createBatch(wanted);
      },
    }));
    await relay.reopen({ claims });

    await Promise.all(Array.from({ length: 20 }, (_, index) => relay.append(index % 2 === 0 ? first : second, index)));

    expect(missing).toEqual(Array.from({ length: 20 }, () => 0));
  });

  test('acknowledges nothing while the database is away, and goes on when it is back', async () => {
    let failures = 0;
    let isClaimed = false;
    const claims = claimsBy((real) => ({
      createBatch: async (wanted) => {
        failures += 1;
        if (failures === 1) throw new Error('the server is gone');
        const refused = await real.createBatch(wanted);
        isClaimed = true;
        return refused;
      },
    }));
    await relay.reopen({ claims });

    await relay.append(first, 0).then(() => expect(isClaimed).toBe(true));

    expect(failures).toBe(2);
  });

  test('takes a claim whose answer was lost for made', async () => {
    let tries = 0;
    const claims = claimsBy((real) => ({
      createBatch: async (wanted) => {
        const refused = await real.createBatch(wanted);
        tries += 1;
        if (tries === 1) throw new Error('the connection ended after the commit');
        return refused;
      },
    }));
    await relay.reopen({ claims });

    await relay.append(first, 0);

    expect(await relay.store.read(first, 0)).toEqual(exampleFrame(first, 0).bytes);
  });

  test('lets what the database refuses for good hinder no others', async () => {
    const claims = claimsBy((real) => ({
      createBatch: (wanted) => {
        if (wanted.some((each) => each.transferId === first.transfer)) throw new RecordRefused(new Error('refused'));
        return real.createBatch(wanted);
      },
    }));
    await relay.reopen({ claims });
    const unplanned = { transfer: 1_000_000, attempt: 1 };

    const ends = await Promise.allSettled([
      relay.append(first, 0),
      relay.append(second, 0),
      relay.append(unplanned, 0),
      relay.append(second, 1),
    ]);

    expect(ends.map((end) => (end.status === 'rejected' ? end.reason.code : 'stored'))).toEqual([
      'INTERNAL',
      'stored',
      'NOT_FOUND',
      'stored',
    ]);
  });
});

describe('a transfer on the relay’s disk', () => {
  test.runIf(process.platform === 'linux')('leaves memory when it rests, and is there when it is wanted', async () => {
    await relay.append(first, 0);
    expect(await relay.openFiles()).toEqual([relay.pathOf(first)]);

    relay.store.rest([first.transfer]);

    await expect.poll(() => relay.openFiles(), { interval: 5 }).toEqual([]);
    expect(await relay.store.read(first, 0)).toEqual(exampleFrame(first, 0).bytes);
  });

  test('that rests while it is being stored is stored', async () => {
    const storing = relay.append(first, 0);
    relay.store.rest([first.transfer]);
    const more = relay.append(first, 1);
    await Promise.all([storing, more]);

    expect(await relay.store.load([first])).toEqual(new Map([[first.transfer, [[0, 2]]]]));
    expect(await relay.sizeOf(first)).toBe(2 * exampleFrame(first, 0).bytes.length);
  });

  test.runIf(process.platform === 'linux')('is one of many of which only some are open', async () => {
    const refs = await planTransfers(store, run, 450);
    await Promise.all(refs.map((ref) => relay.append(ref, 0)));

    await expect.poll(async () => (await relay.openFiles()).length, { interval: 5 }).toBeLessThanOrEqual(200);
    const read = await Promise.all(refs.map((ref) => relay.store.read(ref, 0)));
    expect(read.every((bytes, at) => bytes.equals(exampleFrame(refs[at] as TransferRef, 0).bytes))).toBe(true);
    await expect.poll(async () => (await relay.openFiles()).length, { interval: 5 }).toBeLessThanOrEqual(200);
  });

  test('that is dropped loses its claims first, then its bytes', async () => {
    await Promise.all([relay.append(first, 0), relay.append(second, 0)]);
    let sizeThen: number | undefined;
    const claims = claimsBy((real) => ({
      deleteTransfers: async (ids) => {
        sizeThen = await relay.sizeOf(first);
        return real.deleteTransfers(ids);
      },
    }));
    await relay.reopen({ claims });

    await relay.store.drop([first.transfer]);

    expect(sizeThen).toBe(exampleFrame(first, 0).bytes.length);
    expect(await store.relayClaims.listAttempts([first.transfer, second.transfer])).toEqual([
      { transferId: second.transfer, attempt: 1 },
    ]);
    expect(await readdir(relay.directory)).toEqual([`${second.transfer}.1.frames`]);
    expect(relay.store.usedBytes).toBe(await relay.sizeOf(second));
    await expect(relay.store.read(first, 0)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('that is dropped while it is being stored leaves nothing, and can be stored anew', async () => {
    const storing = Array.from({ length: 8 }, (_, index) => relay.append(first, index));
    const ends = Promise.allSettled(storing);
    const isBegun = storing[0];
    const dropped = relay.store.drop([first.transfer]);
    const anew = relay.append(first, 0);
    await Promise.all([ends, dropped, anew, isBegun?.catch(() => undefined)]);

    for (const end of await ends) expect(end.status === 'fulfilled' || end.reason.code).toBe('CANCELLED');
    expect(await relay.store.load([first])).toEqual(new Map([[first.transfer, [[0, 1]]]]));
    expect(relay.store.usedBytes).toBe(exampleFrame(first, 0).bytes.length);
  });

  test('that is dropped between the disk and the database is not claimed afterwards', async () => {
    const [begun, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const claims = claimsBy((real) => ({
      createBatch: async (wanted) => {
        begun.resolve();
        await mayGoOn.promise;
        return real.createBatch(wanted);
      },
    }));
    await relay.reopen({ claims });
    const storing = Promise.allSettled([relay.append(first, 0)]);
    await begun.promise;

    const dropped = relay.store.drop([first.transfer]);
    mayGoOn.resolve();
    await Promise.all([storing, dropped]);

    expect(await store.relayClaims.listAttempts([first.transfer])).toEqual([]);
    expect(await readdir(relay.directory)).toEqual([]);
  });

  test('in a newer attempt has nothing of an older one', async () => {
    const next = { ...first, attempt: 2 };
    await relay.append(first, 0);

    await relay.append(next, 1);

    await expect(relay.append(first, 2)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await readdir(relay.directory)).toEqual([`${first.transfer}.2.frames`]);
    expect(await store.relayClaims.listAttempts([first.transfer])).toEqual([
      { transferId: first.transfer, attempt: 2 },
    ]);
  });

  test('loses what other attempts stored when it is loaded', async () => {
    await relay.append(first, 0);
    relay.store.rest([first.transfer]);

    expect(await relay.store.load([{ ...first, attempt: 2 }])).toEqual(new Map([[first.transfer, []]]));

    expect(await readdir(relay.directory)).toEqual([]);
    expect(relay.store.usedBytes).toBe(0);
    expect(await store.relayClaims.listAttempts([first.transfer])).toEqual([]);
  });

  test('that somebody cancelled is removed when it is asked for, unless it is in memory', async () => {
    const [third] = (await planTransfers(store, run, 1)) as [TransferRef];
    await Promise.all([relay.append(first, 0), relay.append(second, 0), relay.append(third, 0)]);
    relay.store.rest([first.transfer, third.transfer]);
    await store.transfers.cancel([first.transfer, second.transfer], 'enough', exampleNow());

    await Promise.all([relay.store.dropUnneeded(), relay.store.dropUnneeded()]);

    expect((await readdir(relay.directory)).toSorted()).toEqual([
      `${second.transfer}.1.frames`,
      `${third.transfer}.1.frames`,
    ]);
    expect(await store.relayClaims.listAttempts([first.transfer])).toEqual([]);
    expect(relay.store.usedBytes).toBe((await relay.sizeOf(second)) + (await relay.sizeOf(third)));
  });
});
