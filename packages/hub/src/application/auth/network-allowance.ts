import { BoundedMap } from './bounded-map.ts';

const FAILURES_PER_MINUTE = 20;
const REFILL_MS = 60_000 / FAILURES_PER_MINUTE;
const MAX_NETWORKS = 10_000;

interface Allowance {
  readonly left: number;
  readonly atMs: number;
}

/** Twenty failures a minute from one network, whomever they are about: who sprays one password over many users meets this one. */
export class NetworkAllowance {
  readonly #allowances = new BoundedMap<string, Allowance>(MAX_NETWORKS);

  /** How long until the next attempt, in milliseconds; 0 for now. */
  waitMs(network: string, nowMs: number): number {
    const left = this.#left(network, nowMs);
    return left >= 1 ? 0 : Math.ceil((1 - left) * REFILL_MS);
  }

  failed(network: string, nowMs: number): void {
    this.#allowances.set(network, { left: this.#left(network, nowMs) - 1, atMs: nowMs });
  }

  /** Takes one failure back that was none. */
  takeBack(network: string, nowMs: number): void {
    this.#allowances.set(network, { left: this.#left(network, nowMs) + 1, atMs: nowMs });
  }

  #left(network: string, nowMs: number): number {
    const known = this.#allowances.get(network);
    if (known === undefined) return FAILURES_PER_MINUTE;
    const refilled = Math.max(0, nowMs - known.atMs) / REFILL_MS;
    return Math.min(FAILURES_PER_MINUTE, known.left + refilled);
  }
}
