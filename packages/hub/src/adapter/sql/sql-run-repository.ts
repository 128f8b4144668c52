import { type ErrorCode, FerryError } from '@ferryline/engine';
import type { Insertable, Kysely } from 'kysely';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { NewRun, Run, RunProgress } from '../../domain/run/run.ts';
import type {
  HeldFile,
  PlanPage,
  RetriedRun,
  RunChanges,
  RunFilter,
  RunRepository,
  TreeEntryRequest,
} from '../../domain/run/run-repository.ts';
import type { RunIssue, TreeEntry } from '../../domain/run/tree-entry.ts';
import { batches } from './batches.ts';
import { failedWithRest, failRest } from './fail-rest.ts';
import { insertHeldFiles, selectHeldFiles } from './held-files.ts';
import { pageOf, pageQuery } from './keyset.ts';
import { orRefused } from './or-refused.ts';
import { recountRuns } from './recount-runs.ts';
import { notEnded, retryRun } from './retry-run.ts';
import { runIssueFrom, runIssueRow } from './run-issue-row.ts';
import { runFrom, runProgressColumns, runRow } from './run-row.ts';
import type { Database, RunTable } from './schema.ts';
import { SqlTransferRepository } from './sql-transfer-repository.ts';
import { containsText } from './text-condition.ts';
import { inTransaction } from './transaction.ts';
import { treeEntryFrom, treeEntryRow } from './tree-entry-row.ts';
import { runIsUnsettled } from './unsettled.ts';

const sortColumns = { id: 'id', bytesMoved: 'bytes_moved', filesPlanned: 'files_planned' };
const issueColumns = { id: 'id' };

export class SqlRunRepository implements RunRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async list(
    userId: number | undefined,
    filter: RunFilter,
    page: PageRequest<'id' | 'bytesMoved' | 'filesPlanned'>,
  ): Promise<Page<Run>> {
    let query = this.#db.selectFrom('runs').selectAll();
    const { state, trigger, jobId, agentId, text, from, until } = filter;
    if (userId !== undefined) query = query.where('user_id', '=', userId);
    if (state !== undefined) query = query.where('state', '=', state);
    if (trigger !== undefined) query = query.where('trigger_kind', '=', trigger);
    if (jobId !== undefined) query = query.where('job_id', '=', jobId);
    if (agentId !== undefined) {
      query = query.where(({ eb, or }) =>
        or([eb('source_agent_id', '=', agentId), eb('destination_agent_id', '=', agentId)]),
      );
    }
    if (text !== undefined) {
      query = query.where(({ or }) =>
        or([containsText('source_names', text), containsText('destination_names', text)]),
      );
    }
    if (from !== undefined) query = query.where('created_at', '>=', from.getTime());
    if (until !== undefined) query = query.where('created_at', '<', until.getTime());
    return pageOf(await pageQuery(query, sortColumns, page).execute(), sortColumns, page, runFrom);
  }

  async getById(id: number): Promise<Run | undefined> {
    const row = await this.#db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
    return row && runFrom(row);
  }

  async getByIds(ids: readonly number[]): Promise<readonly Run[]> {
    const runs: Run[] = [];
    for (const batch of batches(ids)) {
      const rows = await this.#db.selectFrom('runs').selectAll().where('id', 'in', batch).execute();
      runs.push(...rows.map(runFrom));
    }
    return runs;
  }

  async countUnsettled(userId: number): Promise<number> {
    const { unsettled } = await this.#db
      .selectFrom('runs')
      .select(({ fn }) => fn.countAll<number>().as('unsettled'))
      .where('user_id', '=', userId)
      .where(runIsUnsettled)
      .executeTakeFirstOrThrow();
    return unsettled;
  }

  async listWaiting(userId: number, agentId: number): Promise<readonly Run[]> {
    const rows = await this.#db
      .selectFrom('runs')
      .selectAll()
      .where('user_id', '=', userId)
      .where('state', '=', 'planning')
      .where('started_at', 'is', null)
      .where(({ eb, or }) => or([eb('source_agent_id', '=', agentId), eb('destination_agent_id', '=', agentId)]))
      .orderBy('id')
      .execute();
    return rows.map(runFrom);
  }

  async listUnsettledOf(userId: number): Promise<readonly Run[]> {
    const rows = await this.#db
      .selectFrom('runs')
      .selectAll()
      .where('user_id', '=', userId)
      .where(runIsUnsettled)
      .orderBy('id')
      .execute();
    return rows.map(runFrom);
  }

  async getUnsettledByJob(jobId: number): Promise<Run | undefined> {
    const row = await this.#db
      .selectFrom('runs')
      .selectAll()
      .where('job_id', '=', jobId)
      .where(runIsUnsettled)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && runFrom(row);
  }

  async create(run: NewRun): Promise<Run> {
    return this.#insert(runRow(run, this.#now()));
  }

  async createFailed(run: NewRun, { code, message }: { code: ErrorCode; message: string }): Promise<Run> {
    const now = this.#now();
    const failure = { state: 'failed', error_code: code, error_message: message, ended_at: now.getTime() } as const;
    return this.#insert({ ...runRow(run, now), ...failure });
  }

  async listUnsettled(): Promise<readonly Run[]> {
    const rows = await this.#db.selectFrom('runs').selectAll().where(runIsUnsettled).orderBy('id').execute();
    return rows.map(runFrom);
  }

  async record({ replans = [], transfers, runs, issues }: RunChanges): Promise<void> {
    await orRefused(async () => {
      await inTransaction(this.#db, async (db) => {
        const repository = new SqlTransferRepository(db, this.#now);
        await repository.replanBatch(replans);
        await repository.updateProgressBatch(transfers);
        for (const progress of runs) await updateRun(db, progress);
        await insertIssues(db, issues);
      });
    });
  }

  async cancel(id: number, reason: string, at: Date): Promise<boolean> {
    return inTransaction(this.#db, async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('runs')
        .set({ state: 'cancelled', error_code: 'CANCELLED', error_message: reason, ended_at: at.getTime() })
        .where('id', '=', id)
        .where(runIsUnsettled)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      await new SqlTransferRepository(db, this.#now).cancelUnsettled(id, reason, at);
      return true;
    });
  }

  async retry(id: number): Promise<RetriedRun | undefined> {
    return inTransaction(this.#db, async (db) => {
      const retriedTransfers = await retryRun(db, id);
      const run = retriedTransfers !== undefined && (await new SqlRunRepository(db, this.#now).getById(id));
      return run ? { run, retriedTransfers } : undefined;
    });
  }

  async failRest(id: number): Promise<void> {
    await orRefused(async () => {
      await inTransaction(this.#db, (db) => failRest(db, id, this.#now()));
    });
  }

  async failRests(): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      for (const id of await failedWithRest(db)) await failRest(db, id, this.#now());
    });
  }

  recountRunning(): Promise<void> {
    return recountRuns(this.#db);
  }

  async reopen(id: number): Promise<void> {
    await orRefused(async () => {
      await this.#db
        .updateTable('runs')
        .set({ state: 'running', ...notEnded })
        .where('id', '=', id)
        .where('state', 'in', ['partial', 'failed'])
        .where('planned_at', 'is not', null)
        .execute();
    });
  }

  async storeHeldFiles(runId: number, files: readonly HeldFile[]): Promise<void> {
    return orRefused(async () => {
      await inTransaction(this.#db, (db) => insertHeldFiles(db, runId, files));
    });
  }

  findHeldFiles(runId: number, files: readonly HeldFile[]): Promise<ReadonlySet<number>> {
    return orRefused(async () => {
      return selectHeldFiles(this.#db, runId, files);
    });
  }

  async storePlanPage({ runId, transfers, treeEntries, issues, progress }: PlanPage): Promise<void> {
    return orRefused(async () => {
      await inTransaction(this.#db, async (db) => {
        if ((await updateRun(db, progress)) === 'ended') return;
        await new SqlTransferRepository(db, this.#now).createBatch(transfers);
        await insertTreeEntries(db, runId, treeEntries);
        await insertIssues(
          db,
          issues.map((issue) => ({ runId, issue })),
        );
      });
    });
  }

  async clearPlan(runId: number): Promise<void> {
    return orRefused(async () => {
      await inTransaction(this.#db, async (db) => {
        await new SqlTransferRepository(db, this.#now).deleteByRun(runId);
        await db.deleteFrom('tree_entries').where('run_id', '=', runId).execute();
        await db.deleteFrom('run_issues').where('run_id', '=', runId).execute();
        await db.deleteFrom('held_files').where('run_id', '=', runId).execute();
      });
    });
  }

  async listTreeEntries(runId: number, { beyond, order, limit }: TreeEntryRequest): Promise<readonly TreeEntry[]> {
    return orRefused(async () => {
      const [beyondIs, direction] = order === 'parentsFirst' ? (['>', 'asc'] as const) : (['<', 'desc'] as const);
      const rows = await this.#db
        .selectFrom('tree_entries')
        .selectAll()
        .where('run_id', '=', runId)
        .where('ordinal', beyondIs, beyond)
        .orderBy('ordinal', direction)
        .limit(limit)
        .execute();
      return rows.map(treeEntryFrom);
    });
  }

  async listIssues(runId: number, page: PageRequest): Promise<Page<RunIssue>> {
    const query = this.#db.selectFrom('run_issues').selectAll().where('run_id', '=', runId);
    const inOrder = { ...page, sort: { by: 'id', direction: 'asc' } } as const;
    return pageOf(await pageQuery(query, issueColumns, inOrder).execute(), issueColumns, inOrder, runIssueFrom);
  }

  async #insert(row: Insertable<RunTable>): Promise<Run> {
    const inserted = await this.#db
      .insertInto('runs')
      .values(row)
      .onConflict((conflict) => conflict.columns(['job_id', 'tick_at']).doNothing())
      .returningAll()
      .executeTakeFirst();
    if (inserted !== undefined) return runFrom(inserted);
    throw new FerryError('CONFLICT', `Job ${row.job_id} has had its run for this tick already.`);
  }
}

/** Writes the moving part of a run, unless it has ended. */
async function updateRun(db: Kysely<Database>, progress: RunProgress): Promise<'written' | 'ended'> {
  const { numUpdatedRows } = await db
    .updateTable('runs')
    .set(runProgressColumns(progress))
    .where('id', '=', progress.id)
    .where(runIsUnsettled)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 0n ? 'ended' : 'written';
}

async function insertTreeEntries(db: Kysely<Database>, runId: number, entries: readonly TreeEntry[]): Promise<void> {
  for (const batch of batches(entries)) {
    await db
      .insertInto('tree_entries')
      .values(batch.map((entry) => treeEntryRow(runId, entry)))
      .onConflict((conflict) => conflict.columns(['run_id', 'ordinal']).doNothing())
      .execute();
  }
}

async function insertIssues(db: Kysely<Database>, issues: RunChanges['issues']): Promise<void> {
  for (const batch of batches(issues)) {
    await db
      .insertInto('run_issues')
      .values(batch.map(({ runId, issue }) => runIssueRow(runId, issue)))
      .onConflict((conflict) => conflict.columns(['run_id', 'digest']).doNothing())
      .execute();
  }
}
