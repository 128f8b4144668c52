import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { ClaimedAttempt, ClaimedFile, RelayClaim } from '../../domain/transfer/relay-claim.ts';
import type { RelayClaimRepository } from '../../domain/transfer/relay-claim-repository.ts';
import { batches } from './batches.ts';
import { chunkKey, insertRelayClaims } from './insert-relay-claims.ts';
import { orRefused } from './or-refused.ts';
import { relayClaimFrom } from './relay-claim-row.ts';
import type { Database } from './schema.ts';
import { inTransaction } from './transaction.ts';
import { transferIsUnsettled } from './unsettled.ts';

export class SqlRelayClaimRepository implements RelayClaimRepository {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async createBatch(claims: readonly RelayClaim[]): Promise<readonly RelayClaim[]> {
    const added = new Set<string>();
    const add = (): Promise<void> =>
      inTransaction(this.#db, async (db) => {
        for (const batch of batches(claims)) {
          for (const key of await insertRelayClaims(db, batch)) added.add(key);
        }
      });
    await orRefused(add);
    return claims.filter((claim) => !added.has(chunkKey(claim)));
  }

  async list(
    transferIds: readonly number[],
    after: RelayClaim | undefined,
    limit: number,
  ): Promise<readonly RelayClaim[]> {
    if (transferIds.length === 0) return [];
    let query = this.#db.selectFrom('relay_claims').selectAll().where('transfer_id', 'in', transferIds);
    if (after !== undefined) {
      const { transferId, attempt, chunkIndex } = after;
      query = query.where(
        sql<boolean>`(transfer_id, attempt, chunk_index) > (${transferId}, ${attempt}, ${chunkIndex})`,
      );
    }
    const ordered = query.orderBy('transfer_id').orderBy('attempt').orderBy('chunk_index');
    return (await ordered.limit(limit).execute()).map(relayClaimFrom);
  }

  async listFiles(after: ClaimedAttempt | undefined, limit: number): Promise<readonly ClaimedFile[]> {
    let query = this.#db
      .selectFrom('relay_claims')
      .innerJoin('transfers', 'transfers.id', 'relay_claims.transfer_id')
      .select([
        'relay_claims.transfer_id as transferId',
        'relay_claims.attempt as attempt',
        sql<number>`max(frame_offset + frame_length)`.as('endBytes'),
        // Of one transfer each: the largest is the only one.
        sql<number>`max(case when ${transferIsUnsettled} then 0 else 1 end)`.as('hasEnded'),
        sql<number>`max(case when transfers.attempt = relay_claims.attempt then 1 else 0 end)`.as('isPresent'),
      ]);
    if (after !== undefined) {
      const beyond = sql`(${after.transferId}, ${after.attempt})`;
      query = query.where(sql<boolean>`(relay_claims.transfer_id, relay_claims.attempt) > ${beyond}`);
    }
    const rows = await query
      .groupBy(['relay_claims.transfer_id', 'relay_claims.attempt'])
      .orderBy('relay_claims.transfer_id')
      .orderBy('relay_claims.attempt')
      .limit(limit)
      .execute();
    return rows.map((file) => ({ ...file, hasEnded: file.hasEnded === 1, isPresent: file.isPresent === 1 }));
  }

  listAttempts(transferIds: readonly number[]): Promise<readonly ClaimedAttempt[]> {
    return inTransaction(this.#db, async (db) => {
      const attempts: ClaimedAttempt[] = [];
      for (const batch of batches(transferIds)) {
        const rows = await db
          .selectFrom('relay_claims')
          .select(['transfer_id as transferId', 'attempt'])
          .distinct()
          .where('transfer_id', 'in', batch)
          .execute();
        attempts.push(...rows);
      }
      return attempts;
    });
  }

  async delete({ transferId, attempt, chunkIndex }: Parameters<RelayClaimRepository['delete']>[0]): Promise<void> {
    await this.#db
      .deleteFrom('relay_claims')
      .where('transfer_id', '=', transferId)
      .where('attempt', '=', attempt)
      .where('chunk_index', '=', chunkIndex)
      .execute();
  }

  async deleteBeyond({ transferId, attempt }: ClaimedAttempt, lengthBytes: number): Promise<void> {
    await this.#db
      .deleteFrom('relay_claims')
      .where('transfer_id', '=', transferId)
      .where('attempt', '=', attempt)
      .where(sql<number>`frame_offset + frame_length`, '>', lengthBytes)
      .execute();
  }

  async deleteAttempts(attempts: readonly ClaimedAttempt[]): Promise<void> {
    await inTransaction(this.#db, async (db) => {
      for (const batch of batches(attempts)) {
        const rows = sql.join(batch.map(attemptRow));
        await db.deleteFrom('relay_claims').where(sql<boolean>`(transfer_id, attempt) in (values ${rows})`).execute();
      }
    });
  }

  deleteTransfers(transferIds: readonly number[]): Promise<readonly ClaimedAttempt[]> {
    return inTransaction(this.#db, async (db) => {
      const claims = new SqlRelayClaimRepository(db);
      const attempts = await claims.listAttempts(transferIds);
      await claims.deleteAttempts(attempts);
      return attempts;
    });
  }
}

/** PostgreSQL takes parameters in VALUES for text, hence the casts. */
function attemptRow({ transferId, attempt }: ClaimedAttempt): RawBuilder<unknown> {
  return sql`(cast(${transferId} as bigint), cast(${attempt} as bigint))`;
}
