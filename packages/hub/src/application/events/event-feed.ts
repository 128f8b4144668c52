import { FerryError } from '../../domain/common/errors.ts';
import type { Principal } from '../auth/principal.ts';
import type { Store } from '../store/store.ts';
import type { ChangeListener } from './change-listener.ts';
import type { EventSink } from './event-sink.ts';
import type { FeedKind } from './feed-event.ts';
import { loadEvents } from './load-events.ts';
import { Subscription } from './subscription.ts';
import { WaitingChanges } from './waiting-changes.ts';

/**
 * People see a change within this time; whatever changes more often is told once. Whoever has lost their right to listen is cut off
 * within it (ATTACKS.md A15 allows 2 s).
 */
export const ROUND_MS = 500;
/** Some windows of a browser, and some scripts. */
export const MAX_STREAMS_PER_USER = 10;
/** Each of them costs about 0.6 ms of the hub's time a second to find out who listens (measured): all of them 6 % of a core. */
export const MAX_STREAMS = 100;
/** When to try again, for whom there is no room. */
const RETRY_AFTER_SECONDS = 10;

export interface EventFeedDependencies {
  /** To read what changed from; it need not announce. */
  readonly store: Store;
  readonly nowMs: () => number;
  /** Hears of a round that failed; everybody is told to read again, and the next round goes on. */
  readonly onFailure: (thrown: unknown) => void;
}

export interface SubscriptionRequest {
  readonly principal: Principal;
  /** See `SubscriptionParts`. */
  readonly identify: () => Promise<Principal>;
  readonly kinds: ReadonlySet<FeedKind>;
  readonly sink: EventSink;
}

/**
 * Tells those who listen what changed, in rounds: what gathered since the last round is read once from the database and handed to
 * every subscription, which asks for rights itself. While nobody listens nothing gathers.
 */
export class EventFeed {
  readonly #parts: EventFeedDependencies;
  readonly #waiting = new WaitingChanges();
  readonly #subscriptions = new Set<Subscription>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: EventFeedDependencies) {
    this.#parts = parts;
  }

  /** To be told of every change. */
  readonly changes: ChangeListener = {
    runsChanged: (ids) => this.#whileHeard((waiting) => waiting.runsChanged(ids)),
    transfersChanged: (ids, runIds) => this.#whileHeard((waiting) => waiting.transfersChanged(ids, runIds)),
    manyTransfersChanged: (runId) => this.#whileHeard((waiting) => waiting.manyTransfersChanged(runId)),
    agentChanged: (id) => this.#whileHeard((waiting) => waiting.agentChanged(id)),
    agentRemoved: (id) => this.#whileHeard((waiting) => waiting.agentRemoved(id)),
    jobChanged: (id) => this.#whileHeard((waiting) => waiting.jobChanged(id)),
    jobRemoved: (job) => this.#whileHeard((waiting) => waiting.jobRemoved(job)),
    everythingChanged: () => this.#whileHeard((waiting) => waiting.everythingChanged()),
  };

  /** How many listen at this moment. */
  get streams(): number {
    return this.#subscriptions.size;
  }

  /** Begins to make rounds. */
  start(): void {
    this.#timer ??= setInterval(() => void this.round(), ROUND_MS);
  }

  /**
   * Listens from now on; what changes after this returns is told. Ends at once when the feed is closed.
   *
   * @returns ends the subscription; may be called twice
   * @throws FerryError RATE_LIMITED when the user, or the hub, has as many streams as it may.
   */
  subscribe(request: SubscriptionRequest): () => void {
    this.#requireRoom(request.principal.userId);
    const subscription = new Subscription({
      ...request,
      grants: this.#parts.store.grants,
      nowMs: this.#parts.nowMs(),
    });
    if (this.#isClosed) subscription.end();
    else this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
      subscription.end();
    };
  }

  /** One round; resolves when everybody has what they may have. Never rejects. While one is under way, it is that one. */
  round(): Promise<void> {
    this.#round ??= this.#makeRound().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  /** Ends every subscription, and resolves when the round under way is through. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const subscription of this.#subscriptions) subscription.end();
    this.#subscriptions.clear();
    await this.#round;
  }

  async #makeRound(): Promise<void> {
    try {
      await this.#gather();
    } catch (thrown) {
      this.#parts.onFailure(thrown);
      for (const subscription of this.#subscriptions) subscription.accept({ name: 'reset' });
    }
    await Promise.all([...this.#subscriptions].map((subscription) => this.#deliver(subscription)));
  }

  async #gather(): Promise<void> {
    const changes = this.#waiting.take();
    // Whoever comes while it is read begins by reading everything themselves.
    const listening = [...this.#subscriptions];
    if (listening.length === 0) return;
    const events = await loadEvents(this.#parts.store, changes);
    for (const subscription of listening) {
      if (changes.isEverything) subscription.accept({ name: 'reset' });
      else for (const event of events) subscription.accept(event);
    }
  }

  async #deliver(subscription: Subscription): Promise<void> {
    try {
      await subscription.deliver(this.#parts.nowMs());
    } catch (thrown) {
      // What they would have heard is not known to have been sent.
      this.#parts.onFailure(thrown);
      subscription.end();
    }
    if (subscription.isOver) this.#subscriptions.delete(subscription);
  }

  #whileHeard(note: (waiting: WaitingChanges) => void): void {
    if (this.#subscriptions.size > 0) note(this.#waiting);
  }

  #requireRoom(userId: number): void {
    const own = [...this.#subscriptions].filter((each) => each.userId === userId).length;
    const details = { retryAfterSeconds: RETRY_AFTER_SECONDS };
    if (own >= MAX_STREAMS_PER_USER) {
      throw new FerryError(
        'RATE_LIMITED',
        `You listen to ${MAX_STREAMS_PER_USER} event streams already, which is all one user can have. Close one first.`,
        { details },
      );
    }
    if (this.#subscriptions.size >= MAX_STREAMS) {
      throw new FerryError(
        'RATE_LIMITED',
        `The hub serves ${MAX_STREAMS} event streams already, which is all it can. Try again later, or read at intervals.`,
        { details },
      );
    }
  }
}
