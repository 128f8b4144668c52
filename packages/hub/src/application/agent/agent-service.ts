import type { Agent } from '../../domain/agent/agent.ts';
import { agentName } from '../../domain/agent/agent-name.ts';
import type { AgentConnection, AgentRepository } from '../../domain/agent/agent-repository.ts';
import { FerryError } from '../../domain/common/errors.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { nearestNames } from './nearest-names.ts';

export interface AgentServiceDependencies {
  readonly agents: AgentRepository;
  readonly now: () => Date;
}

/** The agents that the hub knows, and which of them are connected. */
export class AgentService {
  readonly #agents: AgentRepository;
  readonly #now: () => Date;

  constructor({ agents, now }: AgentServiceDependencies) {
    this.#agents = agents;
    this.#now = now;
  }

  list(page: PageRequest): Promise<Page<Agent>> {
    return this.#agents.list(page);
  }

  /** @throws FerryError NOT_FOUND. */
  async get(id: number): Promise<Agent> {
    const agent = await this.#agents.getById(id);
    if (agent === undefined) throw new FerryError('NOT_FOUND', `There is no agent ${id}.`);
    return agent;
  }

  /** The agents with these ids, by id: for showing the names of many at the price of one query. */
  async getMany(ids: Iterable<number>): Promise<ReadonlyMap<number, Agent>> {
    const agents = await this.#agents.getByIds([...new Set(ids)]);
    return new Map(agents.map((agent) => [agent.id, agent]));
  }

  /** @throws FerryError NOT_FOUND that names the known agents with the most similar names. */
  async getByName(name: string): Promise<Agent> {
    const agent = await this.#agents.getByName(name);
    if (agent !== undefined) return agent;
    const known = await this.#agents.listNames();
    if (known.length === 0) {
      throw new FerryError(
        'NOT_FOUND',
        `There is no agent "${name}", nor any other yet. Make one with ferry tokens create ${name}.`,
      );
    }
    const near = nearestNames(name, known);
    throw new FerryError('NOT_FOUND', `There is no agent "${name}". Did you mean ${near.join(', ')}?`, {
      details: { near },
    });
  }

  /** @throws FerryError VALIDATION when there is no agent of that name and none can have it. */
  async getOrCreateByName(name: string): Promise<Agent> {
    const agent = await this.#agents.getByName(name);
    return agent ?? this.#agents.create({ name: agentName(name), description: '' });
  }

  recordConnected(id: number, connection: AgentConnection): Promise<void> {
    return this.#agents.updateInfo(id, connection);
  }

  recordDisconnected(id: number): Promise<void> {
    return this.#agents.updateStatus(id, 'offline', this.#now());
  }

  /** For a hub that starts: it has no sessions, whatever an earlier life recorded. */
  recordAllOffline(): Promise<void> {
    return this.#agents.markAllOffline();
  }
}
