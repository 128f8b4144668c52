import type { Kysely } from 'kysely';
import type { Grant, GrantAccess } from '../../domain/agent/grant.ts';
import type { GrantRepository } from '../../domain/agent/grant-repository.ts';
import type { Database } from './schema.ts';

export class SqlGrantRepository implements GrantRepository {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async get(agentId: number, userId: number): Promise<GrantAccess | undefined> {
    const row = await this.#db
      .selectFrom('agent_grants')
      .select('access')
      .where('agent_id', '=', agentId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row?.access;
  }

  async listByAgent(agentId: number): Promise<readonly Grant[]> {
    const rows = await this.#db
      .selectFrom('agent_grants')
      .selectAll()
      .where('agent_id', '=', agentId)
      .orderBy('user_id')
      .execute();
    return rows.map((row) => ({ agentId: row.agent_id, userId: row.user_id, access: row.access }));
  }

  async put({ agentId, userId, access }: Grant): Promise<void> {
    await this.#db
      .insertInto('agent_grants')
      .values({ agent_id: agentId, user_id: userId, access })
      .onConflict((conflict) => conflict.columns(['agent_id', 'user_id']).doUpdateSet({ access }))
      .execute();
  }

  async delete(agentId: number, userId: number): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('agent_grants')
      .where('agent_id', '=', agentId)
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }
}
