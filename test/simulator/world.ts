import { random } from '../system/random.ts';

/**
 * A world in which time passes only when something happens, and chance comes from a seed: the same seed gives the same history.
 * Events at the same moment happen in the order in which they were scheduled.
 */
export class World {
  nowMs = 0;
  /** What happened, a line each: two runs of one seed must give the same lines. */
  readonly trace: string[] = [];
  readonly #events: { readonly atMs: number; readonly order: number; readonly happen: () => void }[] = [];
  #order = 0;
  /** A number from 0 to 1, exclusive. */
  readonly random: () => number;

  constructor(seed: number) {
    this.random = random(seed);
  }

  schedule(delayMs: number, happen: () => void): void {
    this.#events.push({ atMs: this.nowMs + delayMs, order: this.#order, happen });
    this.#order += 1;
  }

  note(line: string): void {
    this.trace.push(`${this.nowMs.toFixed(3)} ${line}`);
  }

  /** Lets time pass until the condition holds. @throws Error when it does not within the limit, or nothing more can happen. */
  runUntil(holds: () => boolean, limitMs: number): void {
    while (!holds()) {
      const next = this.#takeNext();
      if (next === undefined) throw new Error(`nothing happens any more at ${this.nowMs} ms`);
      if (next.atMs > limitMs) throw new Error(`it did not come about within ${limitMs} ms`);
      this.nowMs = next.atMs;
      next.happen();
    }
  }

  #takeNext(): { readonly atMs: number; readonly happen: () => void } | undefined {
    let best = 0;
    for (let at = 1; at < this.#events.length; at += 1) {
      const [left, right] = [this.#events[at], this.#events[best]];
      if (left === undefined || right === undefined) break;
      if (left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)) best = at;
    }
    return this.#events.splice(best, 1)[0];
  }
}
