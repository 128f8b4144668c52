import type { Grant, GrantAccess } from './grant.ts';

export interface GrantRepository {
  get(agentId: number, userId: number): Promise<GrantAccess | undefined>;
  /** Everybody an agent is shared with, in order of user. */
  listByAgent(agentId: number): Promise<readonly Grant[]>;
  /** Shares an agent, or changes how far. */
  put(grant: Grant): Promise<void>;
  /** Returns whether there was one. */
  delete(agentId: number, userId: number): Promise<boolean>;
}
