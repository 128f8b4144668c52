/**
 * Work that serves many at once: what comes while a round is under way waits for the next one, which takes all of it. So the busier it
 * is, the more a round is worth.
 */
export class Rounds<Item> {
  readonly #work: (items: readonly Item[]) => Promise<void>;
  #waiting: Item[] = [];
  #isRunning = false;

  /** @param work - one round; never rejects, but tells each item how it ended */
  constructor(work: (items: readonly Item[]) => Promise<void>) {
    this.#work = work;
  }

  /** Takes the item into the next round. */
  add(item: Item): void {
    this.#waiting.push(item);
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Whatever else comes in this turn of the event loop belongs to the same round.
    setImmediate(() => this.#run());
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const items = this.#waiting;
      this.#waiting = [];
      await this.#work(items);
    }
    this.#isRunning = false;
  }
}
