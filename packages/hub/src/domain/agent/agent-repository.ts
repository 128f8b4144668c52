import type { Page, PageRequest } from '../common/page.ts';
import type { Agent, AgentInfo, AgentStatus, TransportMode } from './agent.ts';

export interface AgentConnection {
  readonly info: AgentInfo;
  readonly transport: TransportMode;
  readonly address: string;
  readonly at: Date;
}

export interface AgentRepository {
  list(page: PageRequest): Promise<Page<Agent>>;
  getById(id: number): Promise<Agent | undefined>;
  getByName(name: string): Promise<Agent | undefined>;
  /** Those of the agents that exist, in no order. */
  getByIds(ids: readonly number[]): Promise<readonly Agent[]>;
  /** The names of all agents, for telling a person which ones there are. */
  listNames(): Promise<readonly string[]>;
  /** Adds an agent, offline. @throws FerryError CONFLICT when the name is taken. */
  create(agent: { readonly name: string; readonly description: string }): Promise<Agent>;
  /** Records a connection: online, from where, and what the agent said of itself. */
  updateInfo(id: number, connection: AgentConnection): Promise<void>;
  /** Records that an agent came or went; `at` is when it was last seen. */
  updateStatus(id: number, status: AgentStatus, at: Date): Promise<void>;
  /** Marks every agent offline: a hub that starts has no sessions. */
  markAllOffline(): Promise<void>;
}
