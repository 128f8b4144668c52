import type { AgentConnection } from '../../domain/agent/agent-repository.ts';
import type { Store } from '../store/store.ts';

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

  recordConnected(id: number, connection: AgentConnection): Promise<void> {
    return this.#store.agents.updateInfo(id, connection);
  }

  recordDisconnected(id: number): Promise<void> {
    return this.#store.agents.updateStatus(id, 'offline', this.#now());
  }

  /** For a hub that starts: it has no sessions, whatever an earlier life recorded. */
  recordAllOffline(): Promise<void> {
    return this.#store.agents.markAllOffline();
  }
}
