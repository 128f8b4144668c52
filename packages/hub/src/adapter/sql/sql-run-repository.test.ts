import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run, RunProgress } from '../../domain/run/run.ts';
import type { PlanPage } from '../../domain/run/run-repository.ts';
import type { RunIssue, TreeEntry } from '../../domain/run/tree-entry.ts';
import type { Transfer, TransferReplan } from '../../domain/transfer/transfer.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { createExampleRun, exampleNow, exampleTransfer } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlRunRepository } from './sql-run-repository.ts';
import { SqlTransferRepository } from './sql-transfer-repository.ts';

let database: TemporaryDatabase<Database>;
let runs: SqlRunRepository;
let transfers: SqlTransferRepository;
let run: Run;

beforeEach(async () => {
  database = await migratedDatabase();
  runs = new SqlRunRepository(database.db, exampleNow);
  transfers = new SqlTransferRepository(database.db, exampleNow);
  run = await createExampleRun(database.db);
});

afterEach(() => database[Symbol.asyncDispose]());

const directory: TreeEntry = { kind: 'directory', ordinal: 0, names: [], mode: 0o750, mtimeNs: '1700000000000000001' };
const link: TreeEntry = { kind: 'symlink', ordinal: 1, names: ['näme', 'two\nlines'], target: '../elsewhere' };
const skipped: RunIssue = { path: 'data/socket', message: 'a socket' };
const failed: RunIssue = { path: 'data/secret', code: 'SOURCE_UNREADABLE', message: 'permission denied' };

function running(counters: Partial<Run['counters']>): RunProgress {
  return { id: run.id, state: 'running', counters: { ...run.counters, ...counters }, startedAt: exampleNow() };
}

function page(change: Partial<PlanPage> = {}): PlanPage {
  return {
    runId: run.id,
    transfers: [exampleTransfer(run, 2), exampleTransfer(run, 3)],
    treeEntries: [directory, link],
    issues: [skipped, failed],
    progress: running({ filesPlanned: 3, filesFailed: 1, bytesPlanned: 6_000_000 }),
    ...change,
  };
}

/** All that a run has in the database beside itself. */
async function planned() {
  const [files, tree, issues] = await Promise.all([
    transfers.listUnsettled(run.id, 0, 100),
    runs.listTreeEntries(run.id, { beyond: -1, order: 'parentsFirst', limit: 100 }),
    runs.listIssues(run.id, { limit: 100 }),
  ]);
  return { files, tree, issues: issues.items };
}

describe('runs in SQL', () => {
  test('a run begins planning, with nothing counted', async () => {
    expect(run).toMatchObject({
      state: 'planning',
      source: { place: { root: '/srv', names: ['data'] } },
      destination: { place: { root: '/in', names: [] } },
      intoDestination: true,
      options: { compression: 'auto', existing: 'replace', maxRetries: 5 },
      createdAt: exampleNow(),
    });
    expect(Object.values(run.counters).every((count) => count === 0)).toBe(true);
    expect(await runs.getById(run.id)).toEqual(run);
  });

  test('a page of a plan is stored with the counters of its run', async () => {
    await runs.storePlanPage(page());

    const { files, tree, issues } = await planned();
    expect(files.map((each) => each.ordinal)).toEqual([2, 3]);
    expect(tree).toEqual([directory, link]);
    expect(issues).toEqual([skipped, failed]);
    expect(await runs.getById(run.id)).toEqual({ ...run, ...page().progress });
  });

  test('a page that is stored twice is there once', async () => {
    await runs.storePlanPage(page());
    const before = await planned();

    await runs.storePlanPage(page());

    expect(await planned()).toEqual(before);
  });

  test('a page that cannot be stored whole is not stored at all', async () => {
    const orphan = { ...exampleTransfer(run, 9), runId: run.id + 1 };

    await expect(runs.storePlanPage(page({ transfers: [orphan] }))).rejects.toThrow();

    expect(await planned()).toEqual({ files: [], tree: [], issues: [] });
    expect(await runs.getById(run.id)).toEqual(run);
  });

  test('a plan can be dropped and made anew', async () => {
    await runs.storePlanPage(page());

    await runs.clearPlan(run.id);

    expect(await planned()).toEqual({ files: [], tree: [], issues: [] });
  });

  test('tree entries are read in walking order, or backwards, page by page', async () => {
    const treeEntries = [0, 1, 2, 3].map((ordinal): TreeEntry => ({ ...directory, names: [`d${ordinal}`], ordinal }));
    await runs.storePlanPage(page({ treeEntries }));

    const forwards = await runs.listTreeEntries(run.id, { beyond: 0, order: 'parentsFirst', limit: 2 });
    const backwards = await runs.listTreeEntries(run.id, {
      beyond: Number.MAX_SAFE_INTEGER,
      order: 'childrenFirst',
      limit: 3,
    });

    expect(forwards.map((entry) => entry.ordinal)).toEqual([1, 2]);
    expect(backwards.map((entry) => entry.ordinal)).toEqual([3, 2, 1]);
  });

  test('a record writes transfers, runs and issues together, and may be repeated', async () => {
    await runs.storePlanPage(page({ issues: [] }));
    const [file] = (await planned()).files as [Transfer];
    const changes = {
      transfers: [{ ...file, state: 'completed', fileHash: 'cd'.repeat(32), endedAt: exampleNow() } as const],
      runs: [running({ filesMoved: 1, bytesMoved: 3_000_000 })],
      issues: [{ runId: run.id, issue: failed }],
    };

    await runs.record(changes);
    await runs.record(changes);

    expect(await transfers.getById(file.id)).toMatchObject({ state: 'completed', fileHash: 'cd'.repeat(32) });
    expect((await runs.getById(run.id))?.counters).toMatchObject({ filesMoved: 1, bytesMoved: 3_000_000 });
    expect((await planned()).issues).toEqual([failed]);
  });

  test('a NUL in what one agent says keeps no record from being written', async () => {
    const issue = (message: string): RunIssue => ({ path: 'data/secret', code: 'SOURCE_UNREADABLE', message });

    await runs.record({
      transfers: [],
      runs: [],
      issues: [issue('before'), issue('no\0entry'), issue('after')].map((each) => ({ runId: run.id, issue: each })),
    });

    const messages = (await planned()).issues.map(({ message }) => message.replace('\0', '␀'));
    expect(messages).toEqual(['before', 'no␀entry', 'after']);
  });

  test('a record plans a transfer anew before it tells how far that is', async () => {
    await runs.storePlanPage(page({ transfers: [exampleTransfer(run, 2)] }));
    const [file] = (await planned()).files as [Transfer];
    const replan: TransferReplan = {
      id: file.id,
      sizeBytes: 5,
      identity: { ...file.identity, size: 5, ctimeNs: '77' },
      mode: 0o600,
      mtimeNs: '77',
      chunkSizeBytes: 1_048_576,
      totalChunks: 1,
    };
    const progress = { ...file, state: 'completed', attempt: 2, completedChunks: 1 } as const;

    await runs.record({ replans: [replan], transfers: [progress], runs: [], issues: [] });

    expect(await transfers.getById(file.id)).toEqual({ ...progress, ...replan });
  });

  test('a record of nothing is no record', async () => {
    await runs.record({ transfers: [], runs: [], issues: [] });

    expect(await runs.getById(run.id)).toEqual(run);
  });

  test('a cancelled run stays cancelled, whatever is recorded of it later', async () => {
    await runs.storePlanPage(page({ transfers: [exampleTransfer(run, 2)] }));
    const [file] = (await planned()).files as [Transfer];

    const first = await runs.cancel(run.id, 'Cancelled by ops@example.com.', exampleNow());
    const second = await runs.cancel(run.id, 'again', exampleNow());
    await runs.record({
      transfers: [{ ...file, state: 'completed' }],
      runs: [{ ...running({}), state: 'completed' }],
      issues: [],
    });
    await runs.storePlanPage(page({ transfers: [exampleTransfer(run, 7)] }));

    expect([first, second]).toEqual([true, false]);
    expect(await runs.getById(run.id)).toMatchObject({
      state: 'cancelled',
      errorCode: 'CANCELLED',
      errorMessage: 'Cancelled by ops@example.com.',
      endedAt: exampleNow(),
    });
    const { items } = await transfers.list(undefined, { runId: run.id }, { limit: 10 });
    expect(items.map(({ ordinal, state }) => [ordinal, state])).toEqual([[2, 'cancelled']]);
  });

  test('a restarted hub finds what has not ended, oldest first', async () => {
    const second = await createExampleRun(database.db);
    const third = await createExampleRun(database.db);
    await runs.record({ transfers: [], issues: [], runs: [{ ...second, state: 'partial' }] });
    await runs.record({ transfers: [], issues: [], runs: [{ ...third, state: 'running' }] });

    expect((await runs.listUnsettled()).map((each) => each.id)).toEqual([run.id, third.id]);
  });

  test('runs of one user are nothing to another', async () => {
    const other = await createExampleRun(database.db);

    expect((await runs.list(other.userId, {}, { limit: 10 })).items).toEqual([other]);
    expect((await runs.list(undefined, {}, { limit: 10 })).items).toEqual([other, run]);
    expect((await runs.list(undefined, { state: 'failed' }, { limit: 10 })).items).toEqual([]);
  });

  test('issues come in the order in which they came up, page by page', async () => {
    const issues = [0, 1, 2].map((each): RunIssue => ({ path: `p${each}`, message: 'skipped' }));
    await runs.storePlanPage(page({ issues }));

    const first = await runs.listIssues(run.id, { limit: 2 });
    const second = await runs.listIssues(run.id, { limit: 2, cursor: first.nextCursor ?? '' });

    expect([...first.items, ...second.items]).toEqual(issues);
    expect(second.nextCursor).toBeUndefined();
  });
});
