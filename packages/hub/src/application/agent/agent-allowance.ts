import { BoundedMap } from '../auth/bounded-map.ts';

const MINUTE_MS = 60_000;
/** An agent that is forgotten starts afresh, which is no harm. */
const MAX_AGENTS = 10_000;

/** How often each agent may do something within any minute. In memory only. */
export class AgentAllowance {
  readonly #perMinute: number;
  readonly #taken = new BoundedMap<number, readonly number[]>(MAX_AGENTS);

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Whether the agent may at this moment; then it counts. */
  take(agentId: number, nowMs: number): boolean {
    const recent = (this.#taken.get(agentId) ?? []).filter((atMs) => nowMs - atMs < MINUTE_MS);
    if (recent.length >= this.#perMinute) return false;
    this.#taken.set(agentId, [...recent, nowMs]);
    return true;
  }
}
