import type { Page, PageRequest } from '../common/page.ts';
import type { Agent, AgentInfo, AgentStatus, TransportMode } from './agent.ts';

export interface AgentConnection {
  readonly info: AgentInfo;
  readonly transport: TransportMode;
  readonly address: string;
  readonly at: Date;
}

export type NewAgent = Pick<Agent, 'name' | 'description' | 'labels'>;
export type AgentChanges = Partial<NewAgent>;

export interface AgentFilter {
  readonly status?: AgentStatus;
  readonly label?: string;
  /** Part of the name or the description, without case. */
  readonly text?: string;
}

export interface AgentRepository {
  /** All agents, or those shared with one user. */
  list(sharedWith: number | undefined, filter: AgentFilter, page: PageRequest<'id' | 'name'>): Promise<Page<Agent>>;
  getById(id: number): Promise<Agent | undefined>;
  getByName(name: string): Promise<Agent | undefined>;
  /** Those of the agents that exist, in no order. */
  getByIds(ids: readonly number[]): Promise<readonly Agent[]>;
  /** The names of all agents, or of those shared with one user, for telling a person which ones there are. */
  listNames(sharedWith: number | undefined): Promise<readonly string[]>;
  /** How many agents are online, by transport; one that is not named has none. */
  countOnline(): Promise<Readonly<Partial<Record<TransportMode, number>>>>;
  /** Adds an agent, offline. @throws FerryError CONFLICT when the name is taken. */
  create(agent: NewAgent): Promise<Agent>;
  /**
   * Changes an agent whose version is still `version`; undefined when it is not, or there is no such agent.
   *
   * @throws FerryError CONFLICT when the name is taken.
   */
  update(id: number, version: number, changes: AgentChanges): Promise<Agent | undefined>;
  /**
   * Removes an agent with its tokens and grants, if its version is still that one (any, when undefined); returns whether it did.
   *
   * @throws FerryError CONFLICT when jobs or runs name it.
   */
  delete(id: number, version: number | undefined): Promise<boolean>;
  /** Records a connection: online, from where, and what the agent said of itself; one by polling is a poll. */
  updateInfo(id: number, connection: AgentConnection): Promise<void>;
  /** Records that an agent came or went; `at` is when it was last seen. */
  updateStatus(id: number, status: AgentStatus, at: Date): Promise<void>;
  /** Records by what an agent is connected from now on. */
  updateTransportMode(id: number, transport: TransportMode): Promise<void>;
  /** Records when agents last polled, by their ids; those that do not exist are passed over. */
  updateLastPoll(polls: ReadonlyMap<number, Date>): Promise<void>;
  /** Marks every agent offline: a hub that starts has no sessions. */
  markAllOffline(): Promise<void>;
}
