/** Longer than anything a test waits for. */
const PATIENCE_MS = 15_000;

interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  readonly take: (item: T) => void;
  readonly fail: (error: Error) => void;
}

/** What came and was not looked at yet, and who waits for more of it. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiters = new Set<Waiter<T>>();
  #end: Error | undefined;

  get size(): number {
    return this.#items.length;
  }

  put(item: T): void {
    for (const waiter of this.#waiters) {
      if (!waiter.matches(item)) continue;
      waiter.take(item);
      return;
    }
    this.#items.push(item);
  }

  /** The first matching item, when it comes; it is taken out. @throws when it cannot come any more, or does not in time. */
  take(what: string, matches: (item: T) => boolean): Promise<T> {
    const at = this.#items.findIndex(matches);
    const [item] = at === -1 ? [] : this.#items.splice(at, 1);
    if (item !== undefined) return Promise.resolve(item);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const late = setTimeout(() => fail(new Error(`No ${what} came; unread: ${this.#unread()}`)), PATIENCE_MS);
    const done = (): void => {
      clearTimeout(late);
      this.#waiters.delete(waiter);
    };
    const fail = (error: Error): void => {
      done();
      reject(error);
    };
    const take = (taken: T): void => {
      done();
      resolve(taken);
    };
    const waiter = { matches, take, fail };
    this.#waiters.add(waiter);
    return promise;
  }

  /** Nothing comes any more: whoever waits is told. */
  end(reason: string): void {
    this.#end ??= new Error(`${reason}; unread: ${this.#unread()}`);
    for (const waiter of [...this.#waiters]) waiter.fail(this.#end);
  }

  #unread(): string {
    return JSON.stringify(this.#items).slice(0, 500);
  }
}
