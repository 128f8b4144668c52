import type { AgentRepository } from '../../domain/agent/agent-repository.ts';
import type { GrantRepository } from '../../domain/agent/grant-repository.ts';
import { standIn } from '../store/stand-in.ts';
import type { Tell } from './tell.ts';

/** Agents, with somebody who hears of every change; that one polled is none. */
export function announcingAgents(agents: AgentRepository, tell: Tell): AgentRepository {
  const changed = (id: number): void => tell((changes) => changes.agentChanged(id));
  return standIn(agents, {
    async create(agent) {
      const made = await agents.create(agent);
      changed(made.id);
      return made;
    },
    async update(id, version, wanted) {
      const updated = await agents.update(id, version, wanted);
      if (updated !== undefined) changed(id);
      return updated;
    },
    async updateInfo(id, connection) {
      await agents.updateInfo(id, connection);
      changed(id);
    },
    async updateStatus(id, status, at) {
      await agents.updateStatus(id, status, at);
      changed(id);
    },
    async updateTransportMode(id, transport) {
      await agents.updateTransportMode(id, transport);
      changed(id);
    },
    async delete(id, version) {
      const isDeleted = await agents.delete(id, version);
      if (isDeleted) tell((changes) => changes.agentRemoved(id));
      return isDeleted;
    },
    async markAllOffline() {
      await agents.markAllOffline();
      tell((changes) => changes.everythingChanged());
    },
  });
}

/** Grants: an agent that is shared appears before somebody who did not see it. */
export function announcingGrants(grants: GrantRepository, tell: Tell): GrantRepository {
  return standIn(grants, {
    async put(grant) {
      await grants.put(grant);
      tell((changes) => changes.agentChanged(grant.agentId));
    },
  });
}
