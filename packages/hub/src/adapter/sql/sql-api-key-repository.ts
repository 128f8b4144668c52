import type { Kysely, Selectable } from 'kysely';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { ApiKey } from '../../domain/user/api-key.ts';
import type { ApiKeyRepository, NewApiKey } from '../../domain/user/api-key-repository.ts';
import { pageOf, pageQuery } from './keyset.ts';
import type { ApiKeyTable, Database } from './schema.ts';

const sortColumns = { id: 'id' };

export class SqlApiKeyRepository implements ApiKeyRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async list(userId: number | undefined, page: PageRequest): Promise<Page<ApiKey>> {
    let query = this.#db.selectFrom('api_keys').selectAll();
    if (userId !== undefined) query = query.where('user_id', '=', userId);
    return pageOf(await pageQuery(query, sortColumns, page).execute(), sortColumns, page, apiKeyFrom);
  }

  async getById(id: number): Promise<ApiKey | undefined> {
    const row = await this.#db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
    return row && apiKeyFrom(row);
  }

  async getByHash(hash: string): Promise<ApiKey | undefined> {
    const row = await this.#db.selectFrom('api_keys').selectAll().where('hash', '=', hash).executeTakeFirst();
    return row && apiKeyFrom(row);
  }

  async create({ userId, name, prefix, hash, scope, expiresAt }: NewApiKey): Promise<ApiKey> {
    const times = { created_at: this.#now().getTime(), expires_at: expiresAt.getTime() };
    const row = await this.#db
      .insertInto('api_keys')
      .values({ user_id: userId, name, prefix, hash, scope, ...times })
      .returningAll()
      .executeTakeFirstOrThrow();
    return apiKeyFrom(row);
  }

  async revoke(id: number, at: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('api_keys')
      .set({ revoked_at: at.getTime() })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async updateLastUsed(id: number, at: Date): Promise<void> {
    await this.#db.updateTable('api_keys').set({ last_used_at: at.getTime() }).where('id', '=', id).execute();
  }
}

function apiKeyFrom(row: Selectable<ApiKeyTable>): ApiKey {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    prefix: row.prefix,
    scope: row.scope,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    ...(row.revoked_at !== null && { revokedAt: new Date(row.revoked_at) }),
    ...(row.last_used_at !== null && { lastUsedAt: new Date(row.last_used_at) }),
  };
}
