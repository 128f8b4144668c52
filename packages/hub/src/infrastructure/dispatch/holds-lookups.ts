import type { TransferRef } from '@ferryline/engine';

/**
 * Attempts of one agent that wait: what one `hello` names, and what it says meanwhile to have finished. Of more nothing is looked up:
 * the agent remembers them, and says so with its next `hello`.
 */
const MAX_WAITING_REFS = 200_000;

interface HoldsPage {
  readonly agentId: number;
  readonly refs: readonly TransferRef[];
}

/**
 * What agents say they hold, waiting to be looked up: one page at a time stands among the other database work, so that an agent that
 * holds 100,000 attempts, or many that come back at once, keep nobody's records waiting (ATTACKS.md A53).
 */
export class HoldsLookups {
  readonly #enqueue: (work: () => Promise<void>) => void;
  readonly #lookUp: (agentId: number, refs: readonly TransferRef[]) => Promise<void>;
  #pages: HoldsPage[] = [];
  readonly #waitingRefs = new Map<number, number>();
  #isUnderWay = false;

  /** @param enqueue puts work behind all database work that was asked for before */
  constructor(
    enqueue: (work: () => Promise<void>) => void,
    lookUp: (agentId: number, refs: readonly TransferRef[]) => Promise<void>,
  ) {
    this.#enqueue = enqueue;
    this.#lookUp = lookUp;
  }

  add(agentId: number, refs: readonly TransferRef[]): void {
    const waiting = (this.#waitingRefs.get(agentId) ?? 0) + refs.length;
    if (waiting > MAX_WAITING_REFS) return;
    this.#waitingRefs.set(agentId, waiting);
    this.#pages.push({ agentId, refs });
    this.#next();
  }

  /** The agent has gone: nobody is there to be answered. When it is back it says what it holds then. */
  forget(agentId: number): void {
    this.#pages = this.#pages.filter((page) => page.agentId !== agentId);
    this.#waitingRefs.delete(agentId);
  }

  #leaves({ agentId, refs }: HoldsPage): void {
    const waiting = (this.#waitingRefs.get(agentId) ?? 0) - refs.length;
    if (waiting > 0) this.#waitingRefs.set(agentId, waiting);
    else this.#waitingRefs.delete(agentId);
  }

  #next(): void {
    if (this.#isUnderWay) return;
    const page = this.#pages.shift();
    if (page === undefined) return;
    this.#isUnderWay = true;
    this.#leaves(page);
    this.#enqueue(async () => {
      try {
        await this.#lookUp(page.agentId, page.refs);
      } finally {
        this.#isUnderWay = false;
        this.#next();
      }
    });
  }
}
