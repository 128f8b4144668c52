import type { TransportMode } from '../../domain/agent/agent.ts';
import type { AgentConnection } from '../../domain/agent/agent-repository.ts';
import type { Store } from '../store/store.ts';
import { rootsChange } from './roots-change.ts';

export interface AgentPresenceDependencies {
  readonly store: Store;
  readonly now: () => Date;
}

/** Which agents are connected, as whoever holds their connections tells it. */
export class AgentPresence {
  readonly #store: Store;
  readonly #now: () => Date;

  constructor({ store, now }: AgentPresenceDependencies) {
    this.#store = store;
    this.#now = now;
  }

  /** That an agent whose owner opened other roots than before says so is on record. */
  async recordConnected(id: number, connection: AgentConnection): Promise<void> {
    await this.#store.transaction(async ({ agents, audit }) => {
      const before = await agents.getById(id);
      await agents.updateInfo(id, connection);
      const change = before?.info && rootsChange(before.info.roots, connection.info.roots);
      if (before === undefined || change === undefined) return;
      await audit.append({
        at: connection.at,
        actor: { kind: 'agent', id, name: before.name, address: connection.address },
        action: 'agent.rootsChanged',
        object: { kind: 'agent', id: String(id), name: before.name },
        details: change,
      });
    });
  }

  /** An agent that is connected goes on by another transport. */
  recordTransport(id: number, transport: TransportMode): Promise<void> {
    return this.#store.agents.updateTransportMode(id, transport);
  }

  recordDisconnected(id: number): Promise<void> {
    return this.#store.agents.updateStatus(id, 'offline', this.#now());
  }

  /** For a hub that starts: it has no sessions, whatever an earlier life recorded. */
  recordAllOffline(): Promise<void> {
    return this.#store.agents.markAllOffline();
  }
}
