/**
 * Whether the database answers at all. Whoever people wait for asks here: work that waits for a silent database is given up, and what
 * it was to change may happen all the same when the database is back, or not (FAULTS.md F20).
 */
export class DatabasePulse {
  #isSilent = false;
  readonly #waiting = new Set<() => void>();

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** The database does not answer: all that waits is given up. */
  fellSilent(): void {
    this.#isSilent = true;
    for (const giveUp of [...this.#waiting]) giveUp();
  }

  /** The database answers again. */
  answered(): void {
    this.#isSilent = false;
  }

  /** Resolves as the work does; rejects with `silence()` when the database falls silent before that. The work itself goes on. */
  async unlessSilent<T>(work: Promise<T>, silence: () => Error): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const giveUp = (): void => reject(silence());
    this.#waiting.add(giveUp);
    try {
      return await Promise.race([work, promise]);
    } finally {
      this.#waiting.delete(giveUp);
    }
  }
}
