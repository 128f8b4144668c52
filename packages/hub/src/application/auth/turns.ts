/** More than a person or their scripts start at the same moment; whoever comes after them is turned away. */
const MAX_WAITING = 32;

/** Lets those who share a key in one after the other. */
export class Turns {
  readonly #queues = new Map<string, { readonly waiting: (() => void)[] }>();

  /**
   * Does the work when it is its turn, and lets the next one in whatever becomes of it.
   *
   * @returns undefined, without having done anything, when too many wait already
   */
  async take<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, { waiting: [] });
    else if (queue.waiting.length >= MAX_WAITING) return undefined;
    else await new Promise<void>((resolve) => queue.waiting.push(resolve));
    try {
      return await work();
    } finally {
      this.#next(key);
    }
  }

  #next(key: string): void {
    const next = this.#queues.get(key)?.waiting.shift();
    if (next === undefined) this.#queues.delete(key);
    else next();
  }
}
