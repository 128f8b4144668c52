import type { GrantRepository } from '../../domain/agent/grant-repository.ts';
import type { Principal } from '../auth/principal.ts';
import type { EventSink } from './event-sink.ts';
import { type FeedEvent, type FeedKind, keyOf, kindOf } from './feed-event.ts';
import { mayHear, mayHearOfOwned } from './may-hear.ts';

/** A reader who has not taken what is there for them; beyond this many events they are told to read again instead. */
export const MAX_WAITING_EVENTS = 1_000;
/** A reader who takes nothing for this long is gone. */
export const STALLED_MS = 30_000;
/** Proxies give up a connection that is silent for a minute, some for half of one. */
export const HEARTBEAT_MS = 15_000;

export interface SubscriptionParts {
  readonly principal: Principal;
  /** Who listens, with the rights they have now. Rejects when their credential is good no more. */
  readonly identify: () => Promise<Principal>;
  readonly kinds: ReadonlySet<FeedKind>;
  readonly sink: EventSink;
  readonly grants: GrantRepository;
  readonly nowMs: number;
}

/**
 * Somebody who listens. No right is remembered: who they are, and what they may read, is asked before anything is sent, and who they
 * are in every round even if nothing is. What waits for them is bounded, and newer states replace older ones.
 */
export class Subscription {
  readonly #parts: SubscriptionParts;
  readonly #waiting = new Map<string, FeedEvent>();
  #principal: Principal;
  #sentAtMs: number;
  #readyAtMs: number;
  #isOver = false;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.#principal = parts.principal;
    this.#sentAtMs = parts.nowMs;
    this.#readyAtMs = parts.nowMs;
    parts.sink.send({ name: 'reset' });
  }

  get userId(): number {
    return this.#parts.principal.userId;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Notes what is to be sent. What they may not read does not even wait, so that others' doings never crowd out their own. */
  accept(event: FeedEvent): void {
    const kind = kindOf(event);
    if (kind !== undefined && !this.#parts.kinds.has(kind)) return;
    if (event.name !== 'agentChanged' && !mayHearOfOwned(this.#principal, event)) return;
    if (event.name === 'reset' || this.#waiting.size >= MAX_WAITING_EVENTS) {
      this.#waiting.clear();
      this.#waiting.set('reset', { name: 'reset' });
      return;
    }
    const key = keyOf(event);
    // Taken out first: the newest state stands last, behind whatever it may follow from.
    this.#waiting.delete(key);
    this.#waiting.set(key, event);
  }

  /** Sends what waits, as far as the reader keeps up; ends the subscription of one who does not, or may listen no more. */
  async deliver(nowMs: number): Promise<void> {
    const { sink } = this.#parts;
    if (sink.isReady) this.#readyAtMs = nowMs;
    if (nowMs - this.#readyAtMs >= STALLED_MS) this.end();
    await this.#identify();
    if (this.#isOver || !sink.isReady) return;
    if (this.#waiting.size > 0) await this.#send(nowMs);
    else if (nowMs - this.#sentAtMs >= HEARTBEAT_MS) this.#beat(nowMs);
  }

  /** May be called twice. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting.clear();
    this.#parts.sink.end();
  }

  async #identify(): Promise<void> {
    if (this.#isOver) return;
    try {
      this.#principal = await this.#parts.identify();
    } catch {
      // Whoever cannot be identified, for whatever reason, hears nothing; they learn the reason when they come again.
      this.end();
    }
  }

  async #send(nowMs: number): Promise<void> {
    const { sink, grants } = this.#parts;
    const waiting = [...this.#waiting];
    const permitted = await Promise.all(waiting.map(([, event]) => mayHear(this.#principal, event, grants)));
    if (this.#isOver) return;
    for (const [at, [key, event]] of waiting.entries()) {
      if (!sink.isReady) return;
      this.#waiting.delete(key);
      if (permitted[at] !== true) continue;
      sink.send(event);
      this.#sentAtMs = nowMs;
    }
  }

  #beat(nowMs: number): void {
    this.#parts.sink.beat();
    this.#sentAtMs = nowMs;
  }
}
