import { BoundedMap } from '../auth/bounded-map.ts';
import { visibleText } from '../auth/visible-text.ts';
import type { Store } from '../store/store.ts';
import { AgentAllowance } from './agent-allowance.ts';

/** An agent that is broken breaks the protocol again and again; the chain keeps every event for ever. */
const EVENTS_PER_MINUTE = 5;
const MAX_AGENTS = 10_000;
/** Reasons are our own sentences, with a little of what the agent said in some. */
const SHOWN_REASON_LENGTH = 300;

export interface AgentRefusal {
  readonly agent: { readonly id: number; readonly name: string };
  readonly address: string;
  readonly reason: string;
}

/** Agents that the hub cut off because they broke the protocol, in the audit chain: a few a minute of each, the rest is counted. */
export class AgentRefusals {
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #allowance = new AgentAllowance(EVENTS_PER_MINUTE);
  readonly #unwritten = new BoundedMap<number, number>(MAX_AGENTS);

  constructor({ store, now }: { readonly store: Store; readonly now: () => Date }) {
    this.#store = store;
    this.#now = now;
  }

  /** Resolves when the event is written, to whether it was: what exceeds the bound is counted in the next one. */
  async record({ agent, address, reason }: AgentRefusal): Promise<boolean> {
    const at = this.#now();
    const unwritten = this.#unwritten.get(agent.id) ?? 0;
    if (!this.#allowance.take(agent.id, at.getTime())) {
      this.#unwritten.set(agent.id, unwritten + 1);
      return false;
    }
    this.#unwritten.delete(agent.id);
    await this.#store.transaction(({ audit }) =>
      audit.append({
        at,
        actor: { kind: 'agent', id: agent.id, name: agent.name, address },
        action: 'agent.refused',
        object: { kind: 'agent', id: String(agent.id), name: agent.name },
        details: { reason: visibleText(reason, SHOWN_REASON_LENGTH), ...(unwritten > 0 && { unwritten }) },
      }),
    );
    return true;
  }
}
