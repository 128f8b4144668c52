import type { Agent } from '../../domain/agent/agent.ts';
import { type GrantAccess, grantOpens } from '../../domain/agent/grant.ts';
import { FerryError } from '../../domain/common/errors.ts';
import type { User } from '../../domain/user/user.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import { authorize } from '../auth/can.ts';
import type { Principal } from '../auth/principal.ts';
import { cancelRuns } from '../run/cancel-runs.ts';
import type { RunDispatcher } from '../run/run-dispatcher.ts';
import type { Repositories, Store } from '../store/store.ts';

export interface GrantServiceDependencies {
  readonly store: Store;
  readonly dispatcher: Pick<RunDispatcher, 'runCancelled'>;
  readonly now: () => Date;
}

/** With whom an agent is shared. */
export interface UserGrant {
  readonly user: User;
  readonly access: GrantAccess;
}

/** Sharing agents with users. For administrators. */
export class GrantService {
  readonly #store: Store;
  readonly #dispatcher: GrantServiceDependencies['dispatcher'];
  readonly #now: () => Date;

  constructor({ store, dispatcher, now }: GrantServiceDependencies) {
    this.#store = store;
    this.#dispatcher = dispatcher;
    this.#now = now;
  }

  /** Everybody the agent is shared with. @throws FerryError NOT_FOUND, FORBIDDEN. */
  async list(principal: Principal, agentId: number): Promise<readonly UserGrant[]> {
    await this.#agent(principal, agentId, 'read');
    const grants = await this.#store.grants.listByAgent(agentId);
    const users = await this.#store.users.getByIds(grants.map((grant) => grant.userId));
    const byId = new Map(users.map((user) => [user.id, user]));
    return grants.flatMap(({ userId, access }) => {
      const user = byId.get(userId);
      return user === undefined ? [] : [{ user, access }];
    });
  }

  /**
   * Shares the agent, or changes how far. Runs that wait to copy to an agent that is now shared for reading only are cancelled.
   *
   * @throws FerryError NOT_FOUND for the agent or the user, FORBIDDEN.
   */
  async put(principal: Principal, agentId: number, userId: number, access: GrantAccess): Promise<UserGrant> {
    const agent = await this.#agent(principal, agentId, 'write');
    const user = await this.#store.users.getById(userId);
    if (user === undefined) throw new FerryError('NOT_FOUND', `There is no user ${userId}.`);
    const cancelled = await this.#store.transaction(async (repositories) => {
      await repositories.grants.put({ agentId, userId, access });
      const details = { user: user.email, access };
      await repositories.audit.append(auditEvent(principal, 'agent.shared', subjectOf(agent), details, this.#now()));
      return this.#cancelWaiting(repositories, agent, user);
    });
    this.#tell(cancelled);
    return { user, access };
  }

  /**
   * Shares the agent no longer: what is under way goes on, runs that have not begun are cancelled, what is due fails.
   *
   * @throws FerryError NOT_FOUND, FORBIDDEN.
   */
  async delete(principal: Principal, agentId: number, userId: number): Promise<void> {
    const agent = await this.#agent(principal, agentId, 'write');
    const cancelled = await this.#store.transaction(async (repositories) => {
      const { grants, users, audit } = repositories;
      if (!(await grants.delete(agentId, userId))) {
        throw new FerryError('NOT_FOUND', `Agent ${agent.name} is not shared with user ${userId}.`);
      }
      await audit.append(auditEvent(principal, 'agent.unshared', subjectOf(agent), { userId }, this.#now()));
      const user = await users.getById(userId);
      return user === undefined ? [] : this.#cancelWaiting(repositories, agent, user);
    });
    this.#tell(cancelled);
  }

  /** What the user may not have any more does not begin when its agent comes back (ATTACKS.md A23). */
  async #cancelWaiting(repositories: Repositories, agent: Agent, user: User): Promise<readonly number[]> {
    if (user.role === 'admin') return [];
    const access = await repositories.grants.get(agent.id, user.id);
    const waiting = await repositories.runs.listWaiting(user.id, agent.id);
    const unwanted = waiting.filter(
      ({ destination }) => !grantOpens(access, destination.agentId === agent.id ? 'write' : 'read'),
    );
    const reason = `Agent ${agent.name} is no longer shared with ${user.email} for this.`;
    return cancelRuns(repositories, unwanted, reason, this.#now());
  }

  #tell(cancelled: readonly number[]): void {
    for (const id of cancelled) this.#dispatcher.runCancelled(id);
  }

  async #agent(principal: Principal, agentId: number, action: 'read' | 'write'): Promise<Agent> {
    authorize(
      principal,
      action,
      { kind: 'hub' },
      { named: `agent ${agentId}`, doing: 'see and change who agents are shared with' },
    );
    const agent = await this.#store.agents.getById(agentId);
    if (agent === undefined) throw new FerryError('NOT_FOUND', `There is no agent ${agentId}.`);
    return agent;
  }
}

function subjectOf({ id, name }: Agent) {
  return { kind: 'agent', id: String(id), name } as const;
}
