import type { Kysely } from 'kysely';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { NewTransfer, Transfer, TransferProgress, TransferReplan } from '../../domain/transfer/transfer.ts';
import type { ChangedTransfer, TransferFilter, TransferRepository } from '../../domain/transfer/transfer-repository.ts';
import { batches } from './batches.ts';
import { cancelTransfers, retryTransfers } from './change-transfers.ts';
import { pageOf, pageQuery } from './keyset.ts';
import { orRefused } from './or-refused.ts';
import { replanTransfers } from './replan-transfers.ts';
import type { Database } from './schema.ts';
import { containsText } from './text-condition.ts';
import { inTransaction } from './transaction.ts';
import { transferFrom, transferRow } from './transfer-row.ts';
import { transferIsStored, transferIsUnsettled } from './unsettled.ts';
import { updateTransfers } from './update-transfers.ts';

const sortColumns = { sizeBytes: 'size_bytes', filename: 'filename' };

export class SqlTransferRepository implements TransferRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async list(
    userId: number | undefined,
    filter: TransferFilter,
    page: PageRequest<'id' | 'sizeBytes' | 'filename'>,
  ): Promise<Page<Transfer>> {
    let query = this.#db.selectFrom('transfers').selectAll();
    const { runId, jobId, state, agentId, text, from, until } = filter;
    if (userId !== undefined) query = query.where('user_id', '=', userId);
    if (runId !== undefined) query = query.where('run_id', '=', runId);
    if (jobId !== undefined) {
      query = query.where('run_id', 'in', this.#db.selectFrom('runs').select('id').where('job_id', '=', jobId));
    }
    if (state !== undefined) query = query.where('state', '=', state);
    if (agentId !== undefined) {
      query = query.where(({ eb, or }) =>
        or([eb('source_agent_id', '=', agentId), eb('destination_agent_id', '=', agentId)]),
      );
    }
    if (text !== undefined) query = query.where(containsText('filename', text));
    if (from !== undefined) query = query.where('created_at', '>=', from.getTime());
    if (until !== undefined) query = query.where('created_at', '<', until.getTime());
    // Within a run ids and ordinals grow together, and it is the ordinal that the indices of a run are ordered by.
    const columns = { ...sortColumns, id: runId === undefined ? 'id' : 'ordinal' };
    return pageOf(await pageQuery(query, columns, page).execute(), columns, page, transferFrom);
  }

  async getById(id: number): Promise<Transfer | undefined> {
    const row = await this.#db.selectFrom('transfers').selectAll().where('id', '=', id).executeTakeFirst();
    return row && transferFrom(row);
  }

  async getByIds(ids: readonly number[]): Promise<readonly Transfer[]> {
    const transfers: Transfer[] = [];
    for (const batch of batches(ids)) {
      const rows = await this.#db.selectFrom('transfers').selectAll().where('id', 'in', batch).execute();
      transfers.push(...rows.map(transferFrom));
    }
    return transfers;
  }

  async createBatch(transfers: readonly NewTransfer[]): Promise<void> {
    const createdAt = this.#now();
    await inTransaction(this.#db, async (db) => {
      for (const batch of batches(transfers)) {
        await db
          .insertInto('transfers')
          .values(batch.map((transfer) => transferRow(transfer, createdAt)))
          .onConflict((conflict) => conflict.columns(['run_id', 'ordinal']).doNothing())
          .execute();
      }
    });
  }

  async listUnsettled(runId: number, afterId: number, limit: number, only?: 'stored'): Promise<readonly Transfer[]> {
    return orRefused(async () => {
      const rows = await this.#db
        .selectFrom('transfers')
        .selectAll()
        .where('run_id', '=', runId)
        .where('id', '>', afterId)
        .where(transferIsUnsettled)
        .$if(only === 'stored', (query) => query.where(transferIsStored))
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(transferFrom);
    });
  }

  async updateProgressBatch(progress: readonly TransferProgress[]): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      for (const batch of batches(latestOf(progress))) await updateTransfers(db, batch);
    });
  }

  async replanBatch(replans: readonly TransferReplan[]): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      for (const batch of batches(latestOf(replans))) await replanTransfers(db, batch);
    });
  }

  async cancelUnsettled(runId: number, reason: string, at: Date): Promise<number> {
    const { numUpdatedRows } = await this.#db
      .updateTable('transfers')
      .set({ state: 'cancelled', error_code: 'CANCELLED', error_message: reason, ended_at: at.getTime() })
      .where('run_id', '=', runId)
      .where(transferIsUnsettled)
      .executeTakeFirstOrThrow();
    return Number(numUpdatedRows);
  }

  cancel(ids: readonly number[], reason: string, at: Date): Promise<readonly ChangedTransfer[]> {
    return inTransaction(this.#db, (db) => cancelTransfers(db, ids, reason, at));
  }

  retry(ids: readonly number[]): Promise<readonly ChangedTransfer[]> {
    return inTransaction(this.#db, (db) => retryTransfers(db, ids));
  }

  async deleteByRun(runId: number): Promise<void> {
    await this.#db.deleteFrom('transfers').where('run_id', '=', runId).execute();
  }
}

function latestOf<Row extends { readonly id: number }>(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((each) => [each.id, each])).values()];
}
