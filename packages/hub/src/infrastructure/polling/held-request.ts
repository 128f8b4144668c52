/** So long a request waits for something to be said (PROTOCOL.md section 1.4): less than what proxies wait for an answer. */
export const HOLD_MS = 25_000;

/** A request that waits until there is something to answer. There is one at a time: a second one takes its place. */
export class HeldRequest {
  #release: ((isWoken: boolean) => void) | undefined;

  /**
   * Waits. Resolves to whether something woke it: not when the time is over, another request took the place, or whoever asked is gone.
   */
  async wait(gone: AbortSignal): Promise<boolean> {
    this.release();
    if (gone.aborted) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const giveUp = (): void => resolve(false);
    const timer = setTimeout(giveUp, HOLD_MS);
    gone.addEventListener('abort', giveUp);
    this.#release = resolve;
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      gone.removeEventListener('abort', giveUp);
      if (this.#release === resolve) this.#release = undefined;
    }
  }

  /** There is something to answer. */
  wake(): void {
    this.#release?.(true);
    this.#release = undefined;
  }

  /** Lets the request go that waits, with nothing. */
  release(): void {
    this.#release?.(false);
    this.#release = undefined;
  }
}
