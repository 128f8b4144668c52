import type { Kysely } from 'kysely';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { RunState } from '../../domain/run/lifecycle.ts';
import type { NewRun, Run, RunProgress } from '../../domain/run/run.ts';
import type { PlanPage, RunChanges, RunRepository, TreeEntryRequest } from '../../domain/run/run-repository.ts';
import type { RunIssue, TreeEntry } from '../../domain/run/tree-entry.ts';
import { batches } from './batches.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import { runIssueFrom, runIssueRow } from './run-issue-row.ts';
import { runFrom, runProgressColumns, runRow } from './run-row.ts';
import type { Database } from './schema.ts';
import { SqlTransferRepository } from './sql-transfer-repository.ts';
import { inTransaction } from './transaction.ts';
import { treeEntryFrom, treeEntryRow } from './tree-entry-row.ts';
import { runIsUnsettled } from './unsettled.ts';

export class SqlRunRepository implements RunRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async list(userId: number | undefined, filter: { readonly state?: RunState }, page: PageRequest): Promise<Page<Run>> {
    let query = this.#db
      .selectFrom('runs')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(page.limit + 1);
    if (userId !== undefined) query = query.where('user_id', '=', userId);
    if (filter.state !== undefined) query = query.where('state', '=', filter.state);
    if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor));
    return pageOf(await query.execute(), page, runFrom, (row) => row.id);
  }

  async getById(id: number): Promise<Run | undefined> {
    const row = await this.#db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
    return row && runFrom(row);
  }

  async getByIdForUser(id: number, userId: number): Promise<Run | undefined> {
    const row = await this.#db
      .selectFrom('runs')
      .selectAll()
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row && runFrom(row);
  }

  async create(run: NewRun): Promise<Run> {
    const row = await this.#db
      .insertInto('runs')
      .values(runRow(run, this.#now()))
      .returningAll()
      .executeTakeFirstOrThrow();
    return runFrom(row);
  }

  async listUnsettled(): Promise<readonly Run[]> {
    const rows = await this.#db.selectFrom('runs').selectAll().where(runIsUnsettled).orderBy('id').execute();
    return rows.map(runFrom);
  }

  async record({ transfers, runs, issues }: RunChanges): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      await new SqlTransferRepository(db, this.#now).updateProgressBatch(transfers);
      for (const progress of runs) await updateRun(db, progress);
      await insertIssues(db, issues);
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

  async storePlanPage({ runId, transfers, treeEntries, issues, progress }: PlanPage): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      if ((await updateRun(db, progress)) === 'ended') return;
      await new SqlTransferRepository(db, this.#now).createBatch(transfers);
      await insertTreeEntries(db, runId, treeEntries);
      await insertIssues(
        db,
        issues.map((issue) => ({ runId, issue })),
      );
    });
  }

  async clearPlan(runId: number): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      await new SqlTransferRepository(db, this.#now).deleteByRun(runId);
      await db.deleteFrom('tree_entries').where('run_id', '=', runId).execute();
      await db.deleteFrom('run_issues').where('run_id', '=', runId).execute();
    });
  }

  async listTreeEntries(runId: number, { beyond, order, limit }: TreeEntryRequest): Promise<readonly TreeEntry[]> {
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
  }

  async listIssues(runId: number, page: PageRequest): Promise<Page<RunIssue>> {
    let query = this.#db
      .selectFrom('run_issues')
      .selectAll()
      .where('run_id', '=', runId)
      .orderBy('id')
      .limit(page.limit + 1);
    if (page.cursor !== undefined) query = query.where('id', '>', decodeCursor(page.cursor));
    return pageOf(await query.execute(), page, runIssueFrom, (row) => row.id);
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
