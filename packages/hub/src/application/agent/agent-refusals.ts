import type { ErrorCode } from '../../domain/common/errors.ts';
import { BoundedMap } from '../auth/bounded-map.ts';
import { visibleText } from '../auth/visible-text.ts';
import type { Store } from '../store/store.ts';
import { AgentAllowance } from './agent-allowance.ts';

/** An agent that is broken breaks the protocol again and again; the chain keeps every event for ever. */
const EVENTS_PER_MINUTE = 5;
/** A second machine that a service manager starts anew every few seconds, for days, is one story: it is told once in this time. */
const EPISODE_MS = 60 * 60_000;
const MAX_AGENTS = 10_000;
/** Reasons are our own sentences, with a little of what the agent said in some. */
const SHOWN_REASON_LENGTH = 300;

export interface AgentRefusal {
  /** Who it says it is, by its token. */
  readonly agent: { readonly id: number; readonly name: string };
  readonly tokenId: number;
  readonly address: string;
  /** PROTOCOL: it broke the protocol. CONFLICT: it is connected already, from elsewhere (FAULTS.md F33). */
  readonly code: Extract<ErrorCode, 'PROTOCOL' | 'CONFLICT'>;
  readonly reason: string;
}

/**
 * Agents that the hub cut off, in the audit chain: a few a minute of each, and a second machine once an hour; the rest is counted. In
 * memory only: a hub that starts again tells anew.
 */
export class AgentRefusals {
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #allowance = new AgentAllowance(EVENTS_PER_MINUTE);
  readonly #unwritten = new BoundedMap<number, number>(MAX_AGENTS);
  /** When it was told last, in milliseconds, that an agent came from an address while it was connected from elsewhere. */
  readonly #conflicts = new BoundedMap<string, number>(MAX_AGENTS);

  constructor({ store, now }: { readonly store: Store; readonly now: () => Date }) {
    this.#store = store;
    this.#now = now;
  }

  /** Resolves when the event is written, to whether it was: what exceeds the bound is counted in the next one. */
  async record(refusal: AgentRefusal): Promise<boolean> {
    const { agent, tokenId, address, code, reason } = refusal;
    const at = this.#now();
    const unwritten = this.#unwritten.get(agent.id) ?? 0;
    if (!this.#isToBeTold(refusal, at.getTime())) {
      this.#unwritten.set(agent.id, unwritten + 1);
      return false;
    }
    this.#unwritten.delete(agent.id);
    const told = { code, reason: visibleText(reason, SHOWN_REASON_LENGTH), token: tokenId };
    await this.#store.transaction(({ audit }) =>
      audit.append({
        at,
        actor: { kind: 'agent', id: agent.id, name: agent.name, address },
        action: 'agent.refused',
        object: { kind: 'agent', id: String(agent.id), name: agent.name },
        details: { ...told, ...(unwritten > 0 && { unwritten }) },
      }),
    );
    return true;
  }

  #isToBeTold({ agent, address, code }: AgentRefusal, nowMs: number): boolean {
    if (code === 'PROTOCOL') return this.#allowance.take(agent.id, nowMs);
    const episode = `${agent.id} ${address}`;
    if (nowMs - (this.#conflicts.get(episode) ?? Number.NEGATIVE_INFINITY) < EPISODE_MS) return false;
    if (!this.#allowance.take(agent.id, nowMs)) return false;
    this.#conflicts.set(episode, nowMs);
    return true;
  }
}
