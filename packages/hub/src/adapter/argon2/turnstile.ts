import { FerryError } from '@ferryline/engine';

export interface TurnstileSize {
  /** How many are let through at once. */
  readonly inside: number;
  /** How many more may wait, in the order they came. */
  readonly waiting: number;
}

/** Whoever finds the line full is told to come back, in seconds: by then a full line has moved on. */
const RETRY_AFTER_SECONDS = 5;

/** Lets a few work at once, keeps some waiting in line, and turns everybody else away. */
export class Turnstile {
  readonly #size: TurnstileSize;
  readonly #line: (() => void)[] = [];
  #inside = 0;

  constructor(size: TurnstileSize) {
    this.#size = size;
  }

  /** Does the work when its turn comes. @throws FerryError RATE_LIMITED when the line is full. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#inside < this.#size.inside) {
      this.#inside += 1;
      return;
    }
    if (this.#line.length >= this.#size.waiting) {
      throw new FerryError(
        'RATE_LIMITED',
        'Too many people are signing in at this moment. Try again in a few seconds.',
        { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } },
      );
    }
    await new Promise<void>((resolve) => this.#line.push(resolve));
  }

  /** Hands the place on to the next in line, so that nobody who comes new slips in between. */
  #leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#inside -= 1;
    else next();
  }
}
