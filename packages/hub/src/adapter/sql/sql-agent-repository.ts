import { FerryError } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import type { Agent, AgentStatus, TransportMode } from '../../domain/agent/agent.ts';
import type {
  AgentChanges,
  AgentConnection,
  AgentFilter,
  AgentRepository,
  NewAgent,
} from '../../domain/agent/agent-repository.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { agentChangeColumns, agentFrom, connectionColumns } from './agent-row.ts';
import { batches } from './batches.ts';
import { deleteVersion } from './delete-version.ts';
import { pageOf, pageQuery } from './keyset.ts';
import type { Database } from './schema.ts';
import { isForeignKeyViolation, isUniqueViolation } from './statement-failure.ts';
import { containsText } from './text-condition.ts';
import { updateLastPolls } from './update-last-polls.ts';

const sortColumns = { id: 'id', name: 'name' };

export class SqlAgentRepository implements AgentRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async list(
    sharedWith: number | undefined,
    { status, label, text }: AgentFilter,
    page: PageRequest<'id' | 'name'>,
  ): Promise<Page<Agent>> {
    let query = this.#visibleTo(sharedWith).selectAll('agents');
    if (status !== undefined) query = query.where('status', '=', status);
    // Labels are a JSON list of texts without quotes or backslashes in them.
    if (label !== undefined) query = query.where(containsText('labels', JSON.stringify(label)));
    if (text !== undefined) {
      query = query.where(({ or }) => or([containsText('name', text), containsText('description', text)]));
    }
    return pageOf(await pageQuery(query, sortColumns, page).execute(), sortColumns, page, agentFrom);
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

  async listNames(sharedWith: number | undefined): Promise<readonly string[]> {
    const rows = await this.#visibleTo(sharedWith).select('agents.name').orderBy('agents.name').execute();
    return rows.map((row) => row.name);
  }

  async countOnline(): Promise<Readonly<Partial<Record<TransportMode, number>>>> {
    const rows = await this.#db
      .selectFrom('agents')
      .select(['transport', ({ fn }) => fn.countAll<number>().as('count')])
      .where('status', '=', 'online')
      .groupBy('transport')
      .execute();
    return Object.fromEntries(rows.flatMap(({ transport, count }) => (transport === null ? [] : [[transport, count]])));
  }

  async create({ name, description, labels }: NewAgent): Promise<Agent> {
    const row = await this.#db
      .insertInto('agents')
      .values({
        name,
        description,
        labels: JSON.stringify(labels),
        status: 'offline',
        created_at: this.#now().getTime(),
      })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw nameIsTaken(name);
    return agentFrom(row);
  }

  async update(id: number, version: number, changes: AgentChanges): Promise<Agent | undefined> {
    try {
      const row = await this.#db
        .updateTable('agents')
        .set({ ...agentChangeColumns(changes), revision: version + 1 })
        .where('id', '=', id)
        .where('revision', '=', version)
        .returningAll()
        .executeTakeFirst();
      return row && agentFrom(row);
    } catch (thrown) {
      if (isUniqueViolation(thrown)) throw nameIsTaken(changes.name ?? '');
      throw thrown;
    }
  }

  async delete(id: number, version: number | undefined): Promise<boolean> {
    try {
      return await deleteVersion(this.#db, 'agents', id, version);
    } catch (thrown) {
      if (!isForeignKeyViolation(thrown)) throw thrown;
      throw new FerryError(
        'CONFLICT',
        `Agent ${id} is named by jobs, or by runs, which are kept as a record of what happened. Remove its jobs, and revoke its tokens instead of removing it.`,
      );
    }
  }

  async updateInfo(id: number, connection: AgentConnection): Promise<void> {
    await this.#db.updateTable('agents').set(connectionColumns(connection)).where('id', '=', id).execute();
  }

  async updateStatus(id: number, status: AgentStatus, at: Date): Promise<void> {
    await this.#db.updateTable('agents').set({ status, last_seen_at: at.getTime() }).where('id', '=', id).execute();
  }

  async updateTransportMode(id: number, transport: TransportMode): Promise<void> {
    await this.#db.updateTable('agents').set({ transport }).where('id', '=', id).execute();
  }

  async updateLastPoll(polls: ReadonlyMap<number, Date>): Promise<void> {
    for (const some of batches([...polls])) await updateLastPolls(this.#db, some);
  }

  async markAllOffline(): Promise<void> {
    await this.#db.updateTable('agents').set({ status: 'offline' }).where('status', '=', 'online').execute();
  }

  #visibleTo(sharedWith: number | undefined) {
    const agents = this.#db.selectFrom('agents');
    if (sharedWith === undefined) return agents;
    return agents.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('agent_grants')
          .select('access')
          .whereRef('agent_grants.agent_id', '=', 'agents.id')
          .where('agent_grants.user_id', '=', sharedWith),
      ),
    );
  }
}

function nameIsTaken(name: string): FerryError {
  return new FerryError('CONFLICT', `There is an agent named ${name} already.`);
}
