import { BoundedMap } from './bounded-map.ts';

const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** After so long without an attempt one starts afresh. */
const FORGET_AFTER_MS = 60 * 60_000;
const MAX_KEYS = 10_000;

interface Failures {
  readonly count: number;
  readonly lastAtMs: number;
}

/** Five failures are free; the fifth makes one wait for a minute, each further one twice as long, up to a quarter of an hour. */
export class GrowingDelay {
  readonly #failures = new BoundedMap<string, Failures>(MAX_KEYS);

  /** How long until the next attempt, in milliseconds; 0 for now. */
  waitMs(key: string, nowMs: number): number {
    const { count, lastAtMs } = this.#of(key, nowMs);
    return Math.max(0, lastAtMs + waitAfter(count) - nowMs);
  }

  failed(key: string, nowMs: number): void {
    this.#failures.set(key, { count: this.#of(key, nowMs).count + 1, lastAtMs: nowMs });
  }

  /** Takes one failure back that was none. */
  takeBack(key: string, nowMs: number): void {
    const { count, lastAtMs } = this.#of(key, nowMs);
    this.#failures.set(key, { count: Math.max(0, count - 1), lastAtMs });
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  #of(key: string, nowMs: number): Failures {
    const known = this.#failures.get(key);
    return known !== undefined && nowMs - known.lastAtMs < FORGET_AFTER_MS ? known : { count: 0, lastAtMs: nowMs };
  }
}

function waitAfter(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES));
}
