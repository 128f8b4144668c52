import type { Kysely } from 'kysely';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { NewTransfer, Transfer, TransferProgress } from '../../domain/transfer/transfer.ts';
import type { TransferFilter, TransferRepository } from '../../domain/transfer/transfer-repository.ts';
import { batches } from './batches.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import type { Database } from './schema.ts';
import { inTransaction } from './transaction.ts';
import { transferFrom, transferRow } from './transfer-row.ts';
import { transferIsUnsettled } from './unsettled.ts';
import { updateTransfers } from './update-transfers.ts';

export class SqlTransferRepository implements TransferRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async list(userId: number | undefined, filter: TransferFilter, page: PageRequest): Promise<Page<Transfer>> {
    // Within a run ids and ordinals grow together, and it is the ordinal that the indices of a run are ordered by.
    const key = filter.runId === undefined ? 'id' : 'ordinal';
    let query = this.#db
      .selectFrom('transfers')
      .selectAll()
      .orderBy(key, 'desc')
      .limit(page.limit + 1);
    if (userId !== undefined) query = query.where('user_id', '=', userId);
    if (filter.runId !== undefined) query = query.where('run_id', '=', filter.runId);
    if (filter.state !== undefined) query = query.where('state', '=', filter.state);
    if (page.cursor !== undefined) query = query.where(key, '<', decodeCursor(page.cursor));
    return pageOf(await query.execute(), page, transferFrom, (row) => row[key]);
  }

  async getById(id: number): Promise<Transfer | undefined> {
    const row = await this.#db.selectFrom('transfers').selectAll().where('id', '=', id).executeTakeFirst();
    return row && transferFrom(row);
  }

  async getByIdForUser(id: number, userId: number): Promise<Transfer | undefined> {
    const row = await this.#db
      .selectFrom('transfers')
      .selectAll()
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row && transferFrom(row);
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

  async listUnsettled(runId: number, afterId: number, limit: number): Promise<readonly Transfer[]> {
    const rows = await this.#db
      .selectFrom('transfers')
      .selectAll()
      .where('run_id', '=', runId)
      .where('id', '>', afterId)
      .where(transferIsUnsettled)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(transferFrom);
  }

  async updateProgressBatch(progress: readonly TransferProgress[]): Promise<void> {
    const latest = [...new Map(progress.map((each) => [each.id, each])).values()];
    await inTransaction(this.#db, async (db) => {
      for (const batch of batches(latest)) await updateTransfers(db, batch);
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

  async deleteByRun(runId: number): Promise<void> {
    await this.#db.deleteFrom('transfers').where('run_id', '=', runId).execute();
  }
}
