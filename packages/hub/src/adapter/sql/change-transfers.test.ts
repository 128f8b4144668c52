import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run, RunProgress } from '../../domain/run/run.ts';
import type { Transfer, TransferProgress } from '../../domain/transfer/transfer.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { createExampleRun, exampleNow, exampleTransfer } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlStore } from './sql-store.ts';

let database: TemporaryDatabase<Database>;
let store: SqlStore;
let run: Run;

beforeEach(async () => {
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
  run = await createExampleRun(database.db);
});

afterEach(() => database[Symbol.asyncDispose]());

async function plan(count: number): Promise<readonly Transfer[]> {
  const transfers = Array.from({ length: count }, (_, ordinal) => exampleTransfer(run, ordinal));
  await store.runs.storePlanPage({
    runId: run.id,
    transfers,
    treeEntries: [],
    issues: [],
    progress: progressOf('running'),
  });
  return store.transfers.listUnsettled(run.id, 0, count);
}

function progressOf(state: Run['state'], filesFailed = 0): RunProgress {
  const counters = { ...run.counters, filesFailed };
  const ended =
    state === 'running' ? {} : ({ endedAt: exampleNow(), errorCode: 'NO_SPACE', errorMessage: 'full' } as const);
  return { id: run.id, state, counters, startedAt: exampleNow(), plannedAt: exampleNow(), ...ended };
}

function failed({ id }: Transfer): TransferProgress {
  const error = { errorCode: 'NO_SPACE', errorMessage: 'full', endedAt: exampleNow() } as const;
  return {
    id,
    state: 'failed',
    attempt: 3,
    retryCount: 2,
    completedChunks: 0,
    bytesTransferred: 0,
    wireBytes: 7,
    chunkListHash: 'cd'.repeat(32),
    storedChunks: 3,
    ...error,
  };
}

async function states(): Promise<readonly string[]> {
  const { items } = await store.transfers.list(undefined, { runId: run.id }, { limit: 1_000 });
  return items.toReversed().map((each) => each.state);
}

describe('transfers changed by hand', () => {
  test('those that are unsettled are cancelled, and count as failed', async () => {
    const [first, second, third] = (await plan(3)) as [Transfer, Transfer, Transfer];
    await store.transfers.updateProgressBatch([{ ...failed(first), state: 'completed' }]);

    const changed = await store.transfers.cancel(
      [first.id, second.id, third.id, 999],
      'Cancelled by me.',
      exampleNow(),
    );

    expect(changed).toEqual([second, third].map(({ id }) => ({ id, runId: run.id })));
    expect(await states()).toEqual(['completed', 'cancelled', 'cancelled']);
    expect((await store.runs.getById(run.id))?.counters.filesFailed).toBe(2);
  });

  test('those that failed start over in their next attempt, and their run goes on', async () => {
    const [first, second] = (await plan(2)) as [Transfer, Transfer];
    await store.runs.record({ transfers: [failed(first)], runs: [progressOf('partial', 1)], issues: [] });

    const changed = await store.transfers.retry([first.id, second.id]);

    expect(changed).toEqual([{ id: first.id, runId: run.id }]);
    const retried = await store.transfers.getById(first.id);
    expect(retried).toMatchObject({ state: 'pending', attempt: 4, retryCount: 0, wireBytes: 7, storedChunks: 0 });
    expect([retried?.errorCode, retried?.chunkListHash]).toEqual([undefined, undefined]);
    const again = await store.runs.getById(run.id);
    expect(again).toMatchObject({ state: 'running', counters: { filesFailed: 0 } });
    expect([again?.errorCode, again?.endedAt]).toEqual([undefined, undefined]);
  });

  test('those of a cancelled run stay as they are', async () => {
    const [first] = (await plan(1)) as [Transfer];
    await store.transfers.updateProgressBatch([failed(first)]);
    await store.runs.cancel(run.id, 'enough', exampleNow());

    expect(await store.transfers.retry([first.id])).toEqual([]);
    expect(await states()).toEqual(['failed']);
  });

  test('count in their run when the hub starts again, though a record that was on its way had come between', async () => {
    const [first, second, third] = (await plan(3)) as [Transfer, Transfer, Transfer];
    await store.transfers.cancel([second.id], 'Cancelled by me.', exampleNow());
    await store.runs.record({
      transfers: [{ ...failed(first), state: 'completed', bytesTransferred: 3_000_000 }, failed(third)],
      runs: [progressOf('running', 1)],
      issues: [],
    });

    await store.runs.recountRunning();

    expect((await store.runs.getById(run.id))?.counters).toMatchObject({
      filesMoved: 1,
      filesFailed: 2,
      bytesMoved: 3_000_000,
    });
  });

  test('leave the counters of a run that has ended as they are', async () => {
    await plan(1);
    await store.runs.record({ transfers: [], runs: [progressOf('partial', 7)], issues: [] });

    await store.runs.recountRunning();

    expect((await store.runs.getById(run.id))?.counters).toMatchObject({ filesMoved: 0, filesFailed: 7 });
  });

  test('a thousand are changed with a few statements', async () => {
    const transfers = await plan(1_200);
    const ids = transfers.map(({ id }) => id);

    expect(await store.transfers.cancel(ids, 'all of them', exampleNow())).toHaveLength(1_200);
    expect((await store.runs.getById(run.id))?.counters.filesFailed).toBe(1_200);
    expect(await store.transfers.getByIds(ids)).toHaveLength(1_200);
  });
});

describe('runs tried again', () => {
  test('go on with all that failed of them', async () => {
    const transfers = await plan(3);
    await store.runs.record({ transfers: transfers.map(failed), runs: [progressOf('failed', 3)], issues: [] });

    expect(await store.runs.retry(run.id)).toMatchObject({
      run: { state: 'running', counters: { filesFailed: 0 } },
      retriedTransfers: 3,
    });
    expect(await states()).toEqual(['pending', 'pending', 'pending']);
    expect(await store.runs.retry(run.id)).toBeUndefined();
  });

  test('begin anew when their plan was not complete', async () => {
    const { plannedAt: _none, ...progress } = progressOf('failed', 1);
    await store.runs.record({ transfers: [], runs: [progress], issues: [] });

    expect(await store.runs.retry(run.id)).toMatchObject({
      run: { state: 'planning', counters: { filesFailed: 0 } },
      retriedTransfers: 0,
    });
  });

  test('go on when a hub died while it took their end back', async () => {
    await plan(1);
    await store.runs.record({ transfers: [], runs: [progressOf('partial')], issues: [] });

    expect(await store.runs.retry(run.id)).toMatchObject({ run: { state: 'running' } });
  });

  test('are not those that completed, or were cancelled', async () => {
    await plan(1);
    await store.runs.cancel(run.id, 'enough', exampleNow());

    expect(await store.runs.retry(run.id)).toBeUndefined();
    expect(await store.runs.retry(999)).toBeUndefined();
  });

  test('have an end that can be taken back', async () => {
    await plan(1);
    await store.runs.record({ transfers: [], runs: [progressOf('partial', 1)], issues: [] });

    await store.runs.reopen(run.id);

    expect(await store.runs.getById(run.id)).toMatchObject({ state: 'running' });
  });
});

describe('held files', () => {
  const file = (name: string, sizeBytes = 1) => ({ names: ['deep', name], sizeBytes, mtimeNs: '1700000000123000000' });

  test('are found when name, size and time are the same', async () => {
    await store.runs.storeHeldFiles(run.id, [file('a'), file('b'), file('a')]);
    const asked = [file('b'), file('c'), file('a', 2), file('a'), { ...file('b'), mtimeNs: '0' }];

    expect(await store.runs.findHeldFiles(run.id, asked)).toEqual(new Set([0, 3]));
    expect(await store.runs.findHeldFiles(run.id + 1, asked)).toEqual(new Set());
    expect(await store.runs.findHeldFiles(run.id, [])).toEqual(new Set());
  });

  test('go with the plan', async () => {
    await store.runs.storeHeldFiles(run.id, [file('a')]);
    await store.runs.clearPlan(run.id);

    expect(await store.runs.findHeldFiles(run.id, [file('a')])).toEqual(new Set());
  });
});
