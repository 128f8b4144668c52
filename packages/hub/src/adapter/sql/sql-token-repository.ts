import type { Kysely } from 'kysely';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { Token } from '../../domain/token/token.ts';
import type { NewToken, TokenFilter, TokenRepository } from '../../domain/token/token-repository.ts';
import { pageOf, pageQuery } from './keyset.ts';
import type { Database } from './schema.ts';
import { timeColumn } from './time-column.ts';
import { tokenFrom } from './token-row.ts';

const sortColumns = { id: 'id' };

export class SqlTokenRepository implements TokenRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async list({ agentId }: TokenFilter, page: PageRequest): Promise<Page<Token>> {
    let query = this.#db.selectFrom('tokens').selectAll();
    if (agentId !== undefined) query = query.where('agent_id', '=', agentId);
    return pageOf(await pageQuery(query, sortColumns, page).execute(), sortColumns, page, tokenFrom);
  }

  async getById(id: number): Promise<Token | undefined> {
    const row = await this.#db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst();
    return row && tokenFrom(row);
  }

  async getByIds(ids: readonly number[]): Promise<readonly Token[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db.selectFrom('tokens').selectAll().where('id', 'in', ids).execute();
    return rows.map(tokenFrom);
  }

  async getByHash(hash: string): Promise<Token | undefined> {
    const row = await this.#db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
    return row && tokenFrom(row);
  }

  async create(token: NewToken): Promise<Token> {
    const row = await this.#db
      .insertInto('tokens')
      .values({
        agent_id: token.agentId,
        name: token.name,
        prefix: token.prefix,
        hash: token.hash,
        created_at: this.#now().getTime(),
        expires_at: timeColumn(token.expiresAt),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return tokenFrom(row);
  }

  async revoke(id: number, at: Date): Promise<void> {
    await this.#db
      .updateTable('tokens')
      .set({ revoked_at: at.getTime() })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .execute();
  }

  async updateLastUsed(id: number, at: Date): Promise<void> {
    await this.#db.updateTable('tokens').set({ last_used_at: at.getTime() }).where('id', '=', id).execute();
  }
}
