import { FerryError } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import type { Agent, AgentStatus } from '../../domain/agent/agent.ts';
import type { AgentConnection, AgentRepository } from '../../domain/agent/agent-repository.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { agentFrom, connectionColumns } from './agent-row.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import type { Database } from './schema.ts';

export class SqlAgentRepository implements AgentRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async list(page: PageRequest): Promise<Page<Agent>> {
    let query = this.#db
      .selectFrom('agents')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(page.limit + 1);
    if (page.cursor !== undefined) query = query.where('id', '<', decodeCursor(page.cursor));
    return pageOf(await query.execute(), page, agentFrom, (row) => row.id);
  }

  async getById(id: number): Promise<Agent | undefined> {
    const row = await this.#db.selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst();
    return row && agentFrom(row);
  }

  async getByName(name: string): Promise<Agent | undefined> {
    const row = await this.#db.selectFrom('agents').selectAll().where('name', '=', name).executeTakeFirst();
    return row && agentFrom(row);
  }

  async getByIds(ids: readonly number[]): Promise<readonly Agent[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db.selectFrom('agents').selectAll().where('id', 'in', ids).execute();
    return rows.map(agentFrom);
  }

  async listNames(): Promise<readonly string[]> {
    const rows = await this.#db.selectFrom('agents').select('name').orderBy('name').execute();
    return rows.map((row) => row.name);
  }

  async create({ name, description }: { readonly name: string; readonly description: string }): Promise<Agent> {
    const row = await this.#db
      .insertInto('agents')
      .values({ name, description, labels: '[]', status: 'offline', created_at: this.#now().getTime() })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw new FerryError('CONFLICT', `There is an agent named ${name} already.`);
    return agentFrom(row);
  }

  async updateInfo(id: number, connection: AgentConnection): Promise<void> {
    await this.#db.updateTable('agents').set(connectionColumns(connection)).where('id', '=', id).execute();
  }

  async updateStatus(id: number, status: AgentStatus, at: Date): Promise<void> {
    await this.#db.updateTable('agents').set({ status, last_seen_at: at.getTime() }).where('id', '=', id).execute();
  }

  async markAllOffline(): Promise<void> {
    await this.#db.updateTable('agents').set({ status: 'offline' }).where('status', '=', 'online').execute();
  }
}
