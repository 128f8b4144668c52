import { random } from '../system/random.ts';

/** Something that will happen. */
interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly happen: () => void;
}

/**
 * A world in which time passes only when something happens, and chance comes from a seed: the same seed gives the same history.
 * Events at the same moment happen in the order in which they were scheduled.
 */
export class World {
  nowMs = 0;
  /** How many events there were. */
  events = 0;
  /** A number from 0 to 1, exclusive. */
  readonly random: () => number;
  readonly #lines: string[] | undefined;
  /** A binary heap, the earliest on top. */
  readonly #heap: Event[] = [];
  #order = 0;
  #traceHash = 0x811c9dc5;

  /** @param lines - takes what happens, a line each, when somebody wants to read it */
  constructor(seed: number, lines?: string[]) {
    this.random = random(seed);
    this.#lines = lines;
  }

  /** Of all that was noted, and when: FNV-1a. Two runs of one seed must give the same. */
  get traceHash(): string {
    return `${this.events}-${(this.#traceHash >>> 0).toString(16)}`;
  }

  /** How many events are still to come. */
  get pending(): number {
    return this.#heap.length;
  }

  schedule(delayMs: number, happen: () => void): void {
    const event = { atMs: this.nowMs + delayMs, order: this.#order, happen };
    this.#order += 1;
    this.#rise(event);
  }

  /** Writes down what happened, for the trace. */
  note(line: string): void {
    let hash = this.#traceHash ^ Math.floor(this.nowMs * 1_000);
    for (let at = 0; at < line.length; at += 1) hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
    this.#traceHash = hash;
    this.#lines?.push(`${this.nowMs.toFixed(3).padStart(11)} ${line}`);
  }

  /** Lets the next event happen; returns false when there is none, or only later than `untilMs`. */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.atMs > untilMs) return false;
    this.#sink();
    this.nowMs = next.atMs;
    this.events += 1;
    next.happen();
    return true;
  }

  #rise(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Event;
      if (!isBefore(event, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  /** Takes the top off. */
  #sink(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    const { length } = heap;
    if (length === 0) return;
    let at = 0;
    for (let below = 1; below < length; below = 2 * at + 1) {
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, heap[below] as Event)) below += 1;
      const child = heap[below] as Event;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
