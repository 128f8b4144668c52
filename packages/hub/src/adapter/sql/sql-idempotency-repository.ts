import { FerryError } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import type { IdempotencyRecord, IdempotencyRepository } from '../../domain/idempotency/idempotency.ts';
import type { Database } from './schema.ts';

export class SqlIdempotencyRepository implements IdempotencyRepository {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async get(userId: number, key: string): Promise<IdempotencyRecord | undefined> {
    const row = await this.#db
      .selectFrom('idempotency_keys')
      .selectAll()
      .where('user_id', '=', userId)
      .where('key', '=', key)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { fingerprint, object_kind: objectKind, object_id: objectId, created_at } = row;
    return { userId, key, fingerprint, objectKind, objectId, createdAt: new Date(created_at) };
  }

  async create({ userId, key, fingerprint, objectKind, objectId, createdAt }: IdempotencyRecord): Promise<void> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('idempotency_keys')
      .values({
        user_id: userId,
        key,
        fingerprint,
        object_kind: objectKind,
        object_id: objectId,
        created_at: createdAt.getTime(),
      })
      .onConflict((conflict) => conflict.columns(['user_id', 'key']).doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows !== 0n) return;
    throw new FerryError('CONFLICT', `The Idempotency-Key "${key}" is in use by another request at this moment.`);
  }

  async deleteCreatedBefore(moment: Date): Promise<void> {
    await this.#db.deleteFrom('idempotency_keys').where('created_at', '<', moment.getTime()).execute();
  }
}
