/**
 * A sync whose callers share: all who come before it begins are served by one; whoever comes while it runs is served by the next, because
 * it may have begun before what the caller did. When it fails, the next one fails with it: it may have dropped what they wait for as
 * well, and a later one would not say so (FAULTS.md P12).
 */
export class SharedSync {
  readonly #sync: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** Resolves when a sync that began after this call is through. */
  run(): Promise<void> {
    this.#next ??= this.#runAfter(this.#running);
    return this.#next;
  }

  async #runAfter(present: Promise<void> | undefined): Promise<void> {
    try {
      await present;
    } catch (thrown) {
      this.#next = undefined;
      throw thrown;
    }
    this.#running = this.#next;
    this.#next = undefined;
    try {
      await this.#sync();
    } finally {
      this.#running = undefined;
    }
  }
}
