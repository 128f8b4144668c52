import type { HubAnswer, HubRequests } from './hub-requests.ts';
import type { OutgoingQueue } from './outgoing-queue.ts';

export interface OutgoingStreamParts {
  readonly requests: HubRequests;
  readonly queue: OutgoingQueue;
  /** Where to, without the number. */
  readonly path: () => string;
  readonly contentType: string;
  /** Hears of an answer that ends the session. */
  readonly ended: (answer: HubAnswer) => void;
  /** Hears why nothing more can be said. */
  readonly failed: (thrown: unknown) => void;
}

/** One of the two numbered streams to the hub: what waits in a queue is said body by body, each when the one before was answered. */
export class OutgoingStream {
  readonly #parts: OutgoingStreamParts;
  /** The number of the last body that the hub has taken. */
  #seq = 0;
  #saying: { readonly signal: AbortSignal; readonly over: Promise<void> } | undefined;
  #isHeld = false;

  constructor(parts: OutgoingStreamParts) {
    this.#parts = parts;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Says what waits, after this turn of the event loop; does nothing while that is being done. */
  say(signal: AbortSignal): void {
    if (this.#isHeld || signal.aborted || this.#saying?.signal === signal) return;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    this.#saying = { signal, over };
    setImmediate(() => void this.#sayAll(signal).then(resolve));
  }

  /** From now on nothing more is said; resolves when nothing is on its way any more. */
  async hold(): Promise<void> {
    this.#isHeld = true;
    await this.#saying?.over;
  }

  async #sayAll(signal: AbortSignal): Promise<void> {
    const { requests, queue, path, contentType, ended, failed } = this.#parts;
    try {
      for (let pieces = queue.next(); pieces !== undefined && !this.#isHeld; pieces = queue.next()) {
        const request = {
          method: 'POST',
          path: `${path()}&seq=${this.#seq + 1}`,
          body: { type: contentType, pieces },
        } as const;
        const answer = await requests.askUntilAnswered(request, signal);
        signal.throwIfAborted();
        if (answer.status !== 204) {
          ended(answer);
          return;
        }
        this.#seq += 1;
        queue.taken();
      }
    } catch (thrown) {
      if (!signal.aborted) failed(thrown);
    } finally {
      // At once, not a moment later: whoever puts something in the queue then would be forgotten.
      if (this.#saying?.signal === signal) this.#saying = undefined;
    }
  }
}
