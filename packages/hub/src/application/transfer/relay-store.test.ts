import { mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransferRef } from '@ferryline/engine';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExampleRun, exampleNow, exampleTransfer } from '../../adapter/sql/example-run.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlStore } from '../../adapter/sql/sql-store.ts';
import { RecordRefused } from '../../domain/run/record-refused.ts';
import type { Run } from '../../domain/run/run.ts';
import type { RelayClaimRepository } from '../../domain/transfer/relay-claim-repository.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleContent, exampleFrame } from '../../infrastructure/engine/relay/example-frame.ts';
import { RelayStore, type RelayStoreParts } from '../../infrastructure/engine/relay/relay-store.ts';
import { standIn } from '../store/stand-in.ts';

const logger = pino({ level: 'silent' });
const GIB = 2 ** 30;

let database: TemporaryDatabase<Database>;
let store: SqlStore;
let run: Run;
let folder: string;
let directory: string;
let relay: RelayStore;
/** Two transfers of the run, in their first attempt. */
let first: TransferRef;
let second: TransferRef;

beforeEach(async () => {
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
  run = await createExampleRun(database.db);
  [first, second] = (await plan(2)) as [TransferRef, TransferRef];
  folder = await mkdtemp(join(tmpdir(), 'ferry-relay-'));
  directory = join(folder, 'relay');
  relay = await open();
});

afterEach(async () => {
  await relay.close();
  await rm(folder, { recursive: true });
  await database[Symbol.asyncDispose]();
});

function open(parts: Partial<RelayStoreParts> = {}): Promise<RelayStore> {
  const diskSpace = async () => ({ freeBytes: 1_000 * GIB, totalBytes: 1_000 * GIB });
  return RelayStore.open({ directory, claims: store.relayClaims, quotaBytes: GIB, diskSpace, logger, ...parts });
}

/** The next life of the hub, with other parts. */
async function reopen(parts: Partial<RelayStoreParts> = {}): Promise<void> {
  await relay.close();
  relay = await open(parts);
}

/** With somebody in between when claims are asked for or changed. */
function claimsBy(instead: (claims: RelayClaimRepository) => Partial<RelayClaimRepository>): RelayClaimRepository {
  return standIn<RelayClaimRepository>(store.relayClaims, instead(store.relayClaims));
}

async function plan(count: number): Promise<readonly TransferRef[]> {
  const before = await store.transfers.listUnsettled(run.id, 0, 10_000);
  const ordinals = Array.from({ length: count }, (_, at) => before.length + at);
  await store.transfers.createBatch(ordinals.map((ordinal) => exampleTransfer(run, ordinal)));
  const added = await store.transfers.listUnsettled(run.id, before.at(-1)?.id ?? 0, count);
  return added.map(({ id, attempt }) => ({ transfer: id, attempt }));
}

function append(ref: TransferRef, index: number, content?: Buffer): Promise<void> {
  const { frame, bytes } = exampleFrame(ref, index, content);
  return relay.append(frame, bytes);
}

function pathOf({ transfer, attempt }: TransferRef): string {
  return join(directory, `${transfer}.${attempt}.frames`);
}

async function sizeOf(ref: TransferRef): Promise<number> {
  return (await stat(pathOf(ref))).size;
}

async function openFiles(): Promise<readonly string[]> {
  const fds = await readdir('/proc/self/fd');
  const paths = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(directory));
}

describe('the relay on disk', () => {
  test('gives chunks back as they came, also in the next life of the hub', async () => {
    await Promise.all([append(first, 0), append(first, 2), append(second, 5)]);

    expect(await relay.read(first, 2)).toEqual(exampleFrame(first, 2).bytes);
    await reopen();
    expect(await relay.load([first, second])).toEqual(
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
    expect(await relay.read(first, 0)).toEqual(exampleFrame(first, 0).bytes);
    expect(await relay.read(second, 5)).toEqual(exampleFrame(second, 5).bytes);
    await expect(relay.read(first, 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('is for the account of the hub alone', async () => {
    await append(first, 0);

    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(pathOf(first))).mode & 0o777).toBe(0o600);
  });

  test('stores a chunk once, however often it comes', async () => {
    await Promise.all([append(first, 0), append(first, 0)]);
    await append(first, 0);
    await reopen();
    await append(first, 0);

    expect(await sizeOf(first)).toBe(exampleFrame(first, 0).bytes.length);
    expect(relay.usedBytes).toBe(await sizeOf(first));
  });

  test('refuses another chunk in the place of one that it holds, or that it is storing', async () => {
    const other = exampleContent('another', 500);
    const storing = append(first, 0);
    await expect(append(first, 0, other)).rejects.toMatchObject({ code: 'PROTOCOL' });
    await storing;
    await expect(append(first, 0, other)).rejects.toMatchObject({ code: 'PROTOCOL' });

    expect(await relay.read(first, 0)).toEqual(exampleFrame(first, 0).bytes);
  });

  test('claims a hundred chunks that come together in one transaction', async () => {
    const batches: number[] = [];
    const claims = claimsBy((real) => ({
      createBatch: (wanted) => {
        batches.push(wanted.length);
        return real.createBatch(wanted);
      },
    }));
    await reopen({ claims });

    const refs = [first, second, ...(await plan(18))];
    await Promise.all(refs.flatMap((ref) => [0, 1, 2, 3, 4].map((index) => append(ref, index))));

    expect(batches).toEqual([100]);
    expect((await relay.load(refs)).get(second.transfer)).toEqual([[0, 5]]);
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
    await reopen({ claims });

    const one = append(first, 0);
    await begun.promise;
    const rest = Array.from({ length: 40 }, (_, index) => append(second, index));
    await expect.poll(() => sizeOf(second), { interval: 5 }).toBe(40 * exampleFrame(second, 0).bytes.length);
    mayGoOn.resolve();
    await Promise.all([one, ...rest]);

    expect(batches).toEqual([1, 40]);
  });

  test('claims no chunk before its bytes are there', async () => {
    const missing: number[] = [];
    const claims = claimsBy((real) => ({
      createBatch: async (wanted) => {
        for (const { transferId: transfer, attempt, frameOffset, frameLength } of wanted) {
          missing.push(Math.max(0, frameOffset + frameLength - (await sizeOf({ transfer, attempt }))));
        }
        return real.createBatch(wanted);
      },
    }));
    await reopen({ claims });

    await Promise.all(Array.from({ length: 20 }, (_, index) => append(index % 2 === 0 ? first : second, index)));

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
    await reopen({ claims });

    await append(first, 0).then(() => expect(isClaimed).toBe(true));

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
    await reopen({ claims });

    await append(first, 0);

    expect(await relay.read(first, 0)).toEqual(exampleFrame(first, 0).bytes);
  });

  test('lets what the database refuses for good hinder no others', async () => {
    const claims = claimsBy((real) => ({
      createBatch: (wanted) => {
        if (wanted.some((each) => each.transferId === first.transfer)) throw new RecordRefused(new Error('refused'));
        return real.createBatch(wanted);
      },
    }));
    await reopen({ claims });
    const unplanned = { transfer: 1_000_000, attempt: 1 };

    const ends = await Promise.allSettled([
      append(first, 0),
      append(second, 0),
      append(unplanned, 0),
      append(second, 1),
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
    await append(first, 0);
    expect(await openFiles()).toEqual([pathOf(first)]);

    relay.rest([first.transfer]);

    await expect.poll(openFiles, { interval: 5 }).toEqual([]);
    expect(await relay.read(first, 0)).toEqual(exampleFrame(first, 0).bytes);
  });

  test('that rests while it is being stored is stored', async () => {
    const storing = append(first, 0);
    relay.rest([first.transfer]);
    const more = append(first, 1);
    await Promise.all([storing, more]);

    expect(await relay.load([first])).toEqual(new Map([[first.transfer, [[0, 2]]]]));
    expect(await sizeOf(first)).toBe(2 * exampleFrame(first, 0).bytes.length);
  });

  test.runIf(process.platform === 'linux')('is one of many of which only some are open', async () => {
    const refs = await plan(450);
    await Promise.all(refs.map((ref) => append(ref, 0)));

    await expect.poll(async () => (await openFiles()).length, { interval: 5 }).toBeLessThanOrEqual(200);
    const read = await Promise.all(refs.map((ref) => relay.read(ref, 0)));
    expect(read.every((bytes, at) => bytes.equals(exampleFrame(refs[at] as TransferRef, 0).bytes))).toBe(true);
    await expect.poll(async () => (await openFiles()).length, { interval: 5 }).toBeLessThanOrEqual(200);
  });

  test('that is dropped loses its claims first, then its bytes', async () => {
    await Promise.all([append(first, 0), append(second, 0)]);
    let sizeThen: number | undefined;
    const claims = claimsBy((real) => ({
      deleteTransfers: async (ids) => {
        sizeThen = await sizeOf(first);
        return real.deleteTransfers(ids);
      },
    }));
    await reopen({ claims });

    await relay.drop([first.transfer]);

    expect(sizeThen).toBe(exampleFrame(first, 0).bytes.length);
    expect(await store.relayClaims.listAttempts([first.transfer, second.transfer])).toEqual([
      { transferId: second.transfer, attempt: 1 },
    ]);
    expect(await readdir(directory)).toEqual([`${second.transfer}.1.frames`]);
    expect(relay.usedBytes).toBe(await sizeOf(second));
    await expect(relay.read(first, 0)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('that is dropped while it is being stored leaves nothing, and can be stored anew', async () => {
    const storing = Array.from({ length: 8 }, (_, index) => append(first, index));
    const ends = Promise.allSettled(storing);
    const isBegun = storing[0];
    const dropped = relay.drop([first.transfer]);
    const anew = append(first, 0);
    await Promise.all([ends, dropped, anew, isBegun?.catch(() => undefined)]);

    for (const end of await ends) expect(end.status === 'fulfilled' || end.reason.code).toBe('CANCELLED');
    expect(await relay.load([first])).toEqual(new Map([[first.transfer, [[0, 1]]]]));
    expect(relay.usedBytes).toBe(exampleFrame(first, 0).bytes.length);
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
    await reopen({ claims });
    const storing = Promise.allSettled([append(first, 0)]);
    await begun.promise;

    const dropped = relay.drop([first.transfer]);
    mayGoOn.resolve();
    await Promise.all([storing, dropped]);

    expect(await store.relayClaims.listAttempts([first.transfer])).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  test('in a newer attempt has nothing of an older one', async () => {
    const next = { ...first, attempt: 2 };
    await append(first, 0);

    await append(next, 1);

    await expect(append(first, 2)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await readdir(directory)).toEqual([`${first.transfer}.2.frames`]);
    expect(await store.relayClaims.listAttempts([first.transfer])).toEqual([
      { transferId: first.transfer, attempt: 2 },
    ]);
  });

  test('loses what other attempts stored when it is loaded', async () => {
    await append(first, 0);
    relay.rest([first.transfer]);

    expect(await relay.load([{ ...first, attempt: 2 }])).toEqual(new Map([[first.transfer, []]]));

    expect(await readdir(directory)).toEqual([]);
    expect(relay.usedBytes).toBe(0);
    expect(await store.relayClaims.listAttempts([first.transfer])).toEqual([]);
  });

  test('that somebody cancelled is removed when it is asked for, unless it is in memory', async () => {
    const [third] = (await plan(1)) as [TransferRef];
    await Promise.all([append(first, 0), append(second, 0), append(third, 0)]);
    relay.rest([first.transfer, third.transfer]);
    await store.transfers.cancel([first.transfer, second.transfer], 'enough', exampleNow());

    await Promise.all([relay.dropUnneeded(), relay.dropUnneeded()]);

    expect((await readdir(directory)).toSorted()).toEqual([
      `${second.transfer}.1.frames`,
      `${third.transfer}.1.frames`,
    ]);
    expect(await store.relayClaims.listAttempts([first.transfer])).toEqual([]);
    expect(relay.usedBytes).toBe((await sizeOf(second)) + (await sizeOf(third)));
  });
});

describe('room on the relay’s disk', () => {
  const FRAME = exampleFrame({ transfer: 1, attempt: 1 }, 0).bytes.length;

  test('is what the quota leaves, and comes back when something is dropped', async () => {
    await reopen({ quotaBytes: 2 * FRAME });
    await Promise.all([append(first, 0), append(second, 0)]);
    expect(relay.freeBytes).toBe(0);

    await expect(append(first, 1)).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringContaining('--relay-disk-quota'),
    });
    await relay.drop([second.transfer]);
    await append(first, 1);

    expect(relay.usedBytes).toBe(2 * FRAME);
  });

  test('is kept for whoever reserved it, until it is used or given back', async () => {
    await reopen({ quotaBytes: 3 * FRAME });

    expect(relay.reserve(first, 2 * FRAME)).toBe(true);
    expect(relay.reserve(second, 2 * FRAME)).toBe(false);
    expect(relay.reserve(second, FRAME)).toBe(true);
    const [third] = (await plan(1)) as [TransferRef];
    await expect(append(third, 0)).rejects.toMatchObject({ code: 'NO_SPACE' });
    await append(second, 0);
    expect([relay.usedBytes, relay.reservedBytes, relay.freeBytes]).toEqual([FRAME, 2 * FRAME, 0]);
    await append({ ...first, attempt: 2 }, 0);

    expect([relay.usedBytes, relay.reservedBytes, relay.freeBytes]).toEqual([2 * FRAME, 0, FRAME]);
  });

  test('that is reserved again is reserved instead', async () => {
    await reopen({ quotaBytes: 4 * FRAME });
    relay.reserve(first, FRAME);

    expect(relay.reserve(first, 3 * FRAME)).toBe(true);
    await append(first, 0);
    expect([relay.reservedBytes, relay.freeBytes]).toEqual([2 * FRAME, FRAME]);
    relay.rest([first.transfer]);

    expect([relay.reservedBytes, relay.freeBytes]).toEqual([0, 3 * FRAME]);
  });

  test('is none where the quota is zero', async () => {
    await reopen({ quotaBytes: 0 });

    expect(relay.reserve(first, 1)).toBe(false);
    await expect(append(first, 0)).rejects.toMatchObject({ code: 'NO_SPACE' });
    expect(await readdir(directory)).toEqual([]);
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
      await reopen({ diskSpace, nowMs: () => nowMs });
      expect(relay.reserve(first, FRAME + 1)).toBe(false);

      await append(first, 0);
      await expect(append(first, 1)).rejects.toMatchObject({
        code: 'NO_SPACE',
        message: expect.stringContaining('are kept free'),
      });
      expect(asked).toBe(1);
      [freeBytes, nowMs] = [kept + 2 * FRAME, 1_000];
      await append(first, 1);

      expect([relay.reserve(first, FRAME), relay.reserve(first, FRAME + 1)]).toEqual([true, false]);
      expect(asked).toBe(2);
    },
  );
});
