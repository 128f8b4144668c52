import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../domain/run/run.ts';
import type { Transfer, TransferProgress, TransferReplan } from '../../domain/transfer/transfer.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { createExampleRun, exampleNow, exampleTransfer } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlTransferRepository } from './sql-transfer-repository.ts';

let database: TemporaryDatabase<Database>;
let transfers: SqlTransferRepository;
let run: Run;

beforeEach(async () => {
  database = await migratedDatabase();
  transfers = new SqlTransferRepository(database.db, exampleNow);
  run = await createExampleRun(database.db);
});

afterEach(() => database[Symbol.asyncDispose]());

function plan(count: number): Promise<void> {
  return transfers.createBatch(Array.from({ length: count }, (_, ordinal) => exampleTransfer(run, ordinal)));
}

function unsettled(): Promise<readonly Transfer[]> {
  return transfers.listUnsettled(run.id, 0, 10_000);
}

function completed({ id }: Transfer, bytesTransferred = 3_000_000): TransferProgress {
  return {
    id,
    state: 'completed',
    attempt: 2,
    retryCount: 1,
    completedChunks: 3,
    bytesTransferred,
    wireBytes: 1_234,
    fileHash: 'ab'.repeat(32),
    chunkListHash: 'cd'.repeat(32),
    storedChunks: 2,
    startedAt: new Date('2026-05-04T12:00:01.000Z'),
    endedAt: new Date('2026-05-04T12:00:02.000Z'),
  };
}

describe('transfers in SQL', () => {
  test('a planned transfer comes back as it was planned, pending, in its first attempt', async () => {
    const planned = exampleTransfer(run, 0);

    await transfers.createBatch([planned]);

    const [stored] = await unsettled();
    expect(stored).toEqual({
      ...planned,
      id: expect.any(Number),
      state: 'pending',
      attempt: 1,
      retryCount: 0,
      completedChunks: 0,
      bytesTransferred: 0,
      wireBytes: 0,
      storedChunks: 0,
      createdAt: exampleNow(),
    });
    expect(await transfers.getById(stored?.id ?? 0)).toEqual(stored);
  });

  test('names of any Unicode survive, line breaks included', async () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .filter((text) => !text.includes('/') && !text.includes('\0'));
    let ordinal = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 5 }), async (names) => {
        ordinal += 1;
        const planned = exampleTransfer(run, ordinal, names);
        await transfers.createBatch([planned]);
        const stored = (await transfers.list(undefined, { runId: run.id }, { limit: 1 })).items[0];
        expect(stored).toMatchObject({
          filename: planned.filename,
          source: planned.source,
          destination: planned.destination,
        });
      }),
      { numRuns: 60 },
    );
  });

  test('a batch larger than one statement is stored whole, and storing it again changes nothing', async () => {
    await plan(1_203);
    const before = await unsettled();

    await plan(1_203);

    expect(before).toHaveLength(1_203);
    expect(await unsettled()).toEqual(before);
  });

  test('progress of many is written whole', async () => {
    await plan(700);
    const all = await unsettled();

    await transfers.updateProgressBatch(all.slice(1).map((each) => completed(each)));

    const first = all[0];
    const last = all.at(-1);
    expect(await unsettled()).toEqual([first]);
    expect(await transfers.getById(last?.id ?? 0)).toEqual({ ...last, ...completed(last as Transfer) });
  });

  test('the later of two entries for one transfer wins', async () => {
    await plan(1);
    const [transfer] = (await unsettled()) as [Transfer];
    const running = { ...completed(transfer, 1), state: 'running' } as const;

    await transfers.updateProgressBatch([running, completed(transfer, 2), { ...running, bytesTransferred: 3 }]);

    expect(await transfers.getById(transfer.id)).toMatchObject({ state: 'running', bytesTransferred: 3 });
  });

  test('progress without an error takes an earlier error away', async () => {
    await plan(1);
    const [transfer] = (await unsettled()) as [Transfer];
    const suspended = {
      ...completed(transfer),
      state: 'suspended',
      errorCode: 'STALLED',
      errorMessage: 'no news',
    } as const;
    await transfers.updateProgressBatch([suspended]);
    expect(await transfers.getById(transfer.id)).toMatchObject({ errorCode: 'STALLED', errorMessage: 'no news' });

    await transfers.updateProgressBatch([completed(transfer)]);

    expect(await transfers.getById(transfer.id)).not.toHaveProperty('errorCode');
  });

  test('a late record does not bring a cancelled transfer back', async () => {
    await plan(3);
    const all = await unsettled();
    await transfers.updateProgressBatch(all.slice(0, 1).map((each) => completed(each)));

    const cancelled = await transfers.cancelUnsettled(run.id, 'Cancelled by ops@example.com.', exampleNow());
    await transfers.updateProgressBatch(all.map((each) => completed(each, 77)));

    expect(cancelled).toBe(2);
    const { items } = await transfers.list(undefined, { runId: run.id }, { limit: 10 });
    expect(items.map((each) => each.state)).toEqual(['cancelled', 'cancelled', 'completed']);
    expect(items[0]).toMatchObject({ errorCode: 'CANCELLED', errorMessage: 'Cancelled by ops@example.com.' });
    expect(items[2]).toMatchObject({ bytesTransferred: 3_000_000 });
  });

  test('unsettled transfers are taken up page by page, in order of id', async () => {
    await plan(5);
    const all = await unsettled();
    await transfers.updateProgressBatch(all.slice(1, 2).map((each) => completed(each)));

    const first = await transfers.listUnsettled(run.id, 0, 2);
    const rest = await transfers.listUnsettled(run.id, first.at(-1)?.id ?? 0, 10);

    expect(first.map((each) => each.ordinal)).toEqual([0, 2]);
    expect(rest.map((each) => each.ordinal)).toEqual([3, 4]);
  });

  test('of those that are unsettled, only what the relay holds whole can be asked for', async () => {
    await plan(4);
    const [part, whole, unstated, ended] = (await unsettled()) as [Transfer, Transfer, Transfer, Transfer];
    await transfers.createBatch([{ ...exampleTransfer(run, 4), totalChunks: 0 }]);
    const empty = (await unsettled())[4] as Transfer;
    const { chunkListHash: _none, ...unknown } = {
      ...completed(unstated),
      state: 'suspended',
      storedChunks: 3,
    } as const;
    await transfers.updateProgressBatch([
      { ...completed(part), state: 'suspended' },
      { ...completed(whole), state: 'suspended', storedChunks: 3 },
      unknown,
      { ...completed(ended), storedChunks: 3 },
      { ...completed(empty), state: 'suspended', storedChunks: 0 },
    ]);

    const stored = await transfers.listUnsettled(run.id, 0, 10, 'stored');

    expect(stored.map((each) => each.ordinal)).toEqual([1, 4]);
    expect(stored[0]).toMatchObject({ chunkListHash: 'cd'.repeat(32), storedChunks: 3 });
    expect(await transfers.listUnsettled(run.id, whole.id, 10, 'stored')).toHaveLength(1);
  });

  test('many are planned anew, but those that ended', async () => {
    await plan(702);
    const all = await unsettled();
    const [ended] = all as [Transfer];
    await transfers.updateProgressBatch([completed(ended)]);
    const anew = (id: number, size: number): TransferReplan => ({
      id,
      sizeBytes: size,
      identity: { dev: '1', ino: '2', size, mtimeNs: '-3', ctimeNs: '4' },
      mode: 0o600,
      mtimeNs: '-3',
      chunkSizeBytes: 2_097_152,
      totalChunks: 65_536,
    });

    const last = all.at(-1) as Transfer;
    await transfers.replanBatch([anew(last.id, 1), ...all.map(({ id }) => anew(id, 2 ** 36))]);

    expect(await transfers.getById(last.id)).toEqual({ ...last, ...anew(last.id, 2 ** 36) });
    expect(await transfers.getById(ended.id)).toEqual({ ...ended, ...completed(ended) });
  });

  test.each([true, false])('a listing shows each once, newest first (of one run: %s)', async (isOfRun) => {
    await plan(7);
    const filter = isOfRun ? { runId: run.id } : {};
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await transfers.list(run.userId, filter, { limit: 3, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.items.map((each) => each.ordinal));
      cursor = page.nextCursor;
    } while (cursor !== undefined);

    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });

  test('a listing can be narrowed to a state', async () => {
    await plan(3);
    const all = await unsettled();
    await transfers.updateProgressBatch(all.slice(0, 1).map((each) => completed(each)));

    const { items } = await transfers.list(run.userId, { runId: run.id, state: 'completed' }, { limit: 10 });

    expect(items.map((each) => each.ordinal)).toEqual([0]);
  });

  test('transfers of one user are nothing to another', async () => {
    await plan(1);
    const other = await createExampleRun(database.db);

    expect((await transfers.list(other.userId, { runId: run.id }, { limit: 10 })).items).toEqual([]);
  });

  test('a cursor that somebody made up is refused', async () => {
    await expect(transfers.list(undefined, {}, { limit: 1, cursor: '../etc' })).rejects.toMatchObject({
      code: 'VALIDATION',
    });
  });
});
