import type { Agent, TransportMode } from '../../domain/agent/agent.ts';
import { agentName } from '../../domain/agent/agent-name.ts';
import type { AgentChanges, AgentFilter, NewAgent } from '../../domain/agent/agent-repository.ts';
import { locate } from '../../domain/agent/locate.ts';
import { FerryError } from '../../domain/common/errors.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { placeText } from '../../domain/common/place.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import { type Action, authorize } from '../auth/can.ts';
import { type Principal, visibleUserId } from '../auth/principal.ts';
import { type MadeOnce, makeOnce, type OnceRequest } from '../idempotency/make-once.ts';
import { staleVersion } from '../store/stale-version.ts';
import type { Store } from '../store/store.ts';
import type { AgentProbe, Listing } from './agent-probe.ts';
import type { AgentRemovalListener } from './agent-removal-listener.ts';
import { description, labels } from './agent-texts.ts';
import { noSuchAgent } from './no-such-agent.ts';

export interface AgentServiceDependencies {
  readonly store: Store;
  readonly probe: AgentProbe;
  readonly removals: AgentRemovalListener;
  readonly now: () => Date;
}

/** Where to go on in a directory, and how far. */
export interface BrowseRequest {
  /** As people write it: absolute, below an allowed root. */
  readonly path: string;
  /** The name after which the listing goes on. */
  readonly after?: string;
  readonly limit: number;
}

/** The agents that the hub knows, what they can be asked, and which of them are connected. */
export class AgentService {
  readonly #store: Store;
  readonly #probe: AgentProbe;
  readonly #removals: AgentRemovalListener;
  readonly #now: () => Date;

  constructor({ store, probe, removals, now }: AgentServiceDependencies) {
    this.#store = store;
    this.#probe = probe;
    this.#removals = removals;
    this.#now = now;
  }

  /** Those that the principal may see: all of them for an administrator, else those shared with them. */
  list(principal: Principal, filter: AgentFilter, page: PageRequest<'id' | 'name'>): Promise<Page<Agent>> {
    return this.#store.agents.list(visibleUserId(principal), filter, page);
  }

  /** @throws FerryError NOT_FOUND, also for an agent that is not shared with the principal. */
  async get(principal: Principal, id: number): Promise<Agent> {
    return this.#find(principal, id, 'read', 'see this agent');
  }

  /** The agents with these ids, by id: for showing the names of many at the price of one query. */
  async getMany(ids: Iterable<number>): Promise<ReadonlyMap<number, Agent>> {
    const agents = await this.#store.agents.getByIds([...new Set(ids)]);
    return new Map(agents.map((agent) => [agent.id, agent]));
  }

  /**
   * The agent of that name, for one end of a copy.
   *
   * @throws FerryError NOT_FOUND that names the agents with the most similar names among those that the principal may see, FORBIDDEN
   *   when it is shared with them, but not for that.
   */
  async getByName(principal: Principal, name: string, action: Action): Promise<Agent> {
    const agent = await this.#store.agents.getByName(name);
    const grant = agent && (await this.#store.grants.get(agent.id, principal.userId));
    if (agent === undefined || (grant === undefined && principal.role !== 'admin')) {
      throw noSuchAgent(name, await this.#store.agents.listNames(visibleUserId(principal)));
    }
    const doing = action === 'fill' ? `copy to agent ${name}` : `copy from agent ${name}`;
    authorize(principal, action, { kind: 'agent', grant }, { named: `agent "${name}"`, doing });
    return agent;
  }

  /**
   * Makes an agent, offline, without a token.
   *
   * @throws FerryError VALIDATION for a name that no agent can have, CONFLICT when it is taken.
   */
  async create(
    principal: Principal,
    request: Pick<NewAgent, 'name'> & AgentChanges,
    once?: OnceRequest,
  ): Promise<MadeOnce<Agent>> {
    authorize(principal, 'write', { kind: 'hub' }, { named: 'agent', doing: 'make agents' });
    const agent: NewAgent = {
      name: agentName(request.name),
      description: description(request.description ?? ''),
      labels: labels(request.labels ?? []),
    };
    return makeOnce({
      store: this.#store,
      principal,
      once,
      objectKind: 'agent',
      now: this.#now,
      make: async ({ agents, audit }) => {
        const made = await agents.create(agent);
        await audit.append(
          auditEvent(principal, 'agent.created', subjectOf(made), { labels: made.labels }, this.#now()),
        );
        return made;
      },
      find: (id) => this.#store.agents.getById(id),
    });
  }

  /**
   * @param version that the principal looked at; undefined means whatever is there now
   * @throws FerryError NOT_FOUND; CONFLICT when it was changed since, or the name is taken; VALIDATION.
   */
  async update(principal: Principal, id: number, version: number | undefined, changes: AgentChanges): Promise<Agent> {
    const agent = await this.#find(principal, id, 'write', 'change agents');
    const checked: AgentChanges = {
      ...(changes.name !== undefined && { name: agentName(changes.name) }),
      ...(changes.description !== undefined && { description: description(changes.description) }),
      ...(changes.labels !== undefined && { labels: labels(changes.labels) }),
    };
    return this.#store.transaction(async ({ agents, audit }) => {
      const updated = await agents.update(id, version ?? agent.version, checked);
      if (updated === undefined) throw staleVersion(`Agent ${agent.name}`, agent.version);
      await audit.append(auditEvent(principal, 'agent.changed', subjectOf(agent), { changes: checked }, this.#now()));
      return updated;
    });
  }

  /**
   * Removes an agent with its tokens, and ends its session.
   *
   * @param version that the principal looked at; left out means whatever is there now
   * @throws FerryError NOT_FOUND; CONFLICT when jobs or runs name it, or it was changed since.
   */
  async delete(principal: Principal, id: number, version?: number): Promise<void> {
    const agent = await this.#find(principal, id, 'write', 'remove agents');
    await this.#store.transaction(async ({ agents, audit }) => {
      if (!(await agents.delete(id, version))) throw staleVersion(`Agent ${agent.name}`, agent.version);
      await audit.append(auditEvent(principal, 'agent.removed', subjectOf(agent), {}, this.#now()));
    });
    this.#removals.agentRemoved(id);
  }

  /** Asks the agent for a sign of life. @throws FerryError NOT_FOUND, AGENT_OFFLINE, TIMEOUT. */
  async test(
    principal: Principal,
    id: number,
  ): Promise<{ readonly roundTripMs: number; readonly transport: TransportMode }> {
    const agent = await this.#find(principal, id, 'read', 'test this agent');
    const roundTripMs = await this.#probe.roundTripMs(id);
    return { roundTripMs, transport: agent.transport ?? 'websocket' };
  }

  /**
   * What is in a directory of the agent, as the agent says at this moment.
   *
   * @throws FerryError NOT_FOUND; AGENT_OFFLINE; TIMEOUT; PATH_NOT_ALLOWED and VALIDATION for the path; what the agent answers.
   */
  async browse(
    principal: Principal,
    id: number,
    { path, after, limit }: BrowseRequest,
  ): Promise<Listing & { readonly path: string }> {
    const agent = await this.#find(principal, id, 'read', 'look into this agent');
    const { place } = locate(agent, path);
    const listing = await this.#probe.list(id, { place, limit, ...(after !== undefined && { after }) });
    return { ...listing, path: placeText(place) };
  }

  async #find(principal: Principal, id: number, action: Action, doing: string): Promise<Agent> {
    const agent = await this.#store.agents.getById(id);
    const grant = agent && (await this.#store.grants.get(id, principal.userId));
    if (agent === undefined) throw new FerryError('NOT_FOUND', `There is no agent ${id}.`);
    authorize(principal, action, { kind: 'agent', grant }, { named: `agent ${id}`, doing });
    return agent;
  }
}

function subjectOf({ id, name }: Agent) {
  return { kind: 'agent', id: String(id), name } as const;
}
