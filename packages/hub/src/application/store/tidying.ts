import type { AuthService } from '../auth/auth-service.ts';
import type { Store } from './store.ts';

const EVERY_MS = 60_000;
/** A client that repeats a request does so within minutes; a day is what the interface promises. */
const KEEP_IDEMPOTENCY_KEYS_MS = 24 * 60 * 60_000;

export interface TidyingDependencies {
  readonly store: Store;
  readonly auth: AuthService;
  readonly now: () => Date;
  readonly onFailure: (thrown: unknown) => void;
}

/** Removes, every minute, what nobody needs any more. Missing a few rounds does no harm. */
export class Tidying {
  readonly #parts: TidyingDependencies;
  readonly #timer: NodeJS.Timeout;
  #round: Promise<void> = Promise.resolve();

  constructor(parts: TidyingDependencies) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      this.#round = this.#round.then(() => this.#tidy()).catch(parts.onFailure);
    }, EVERY_MS);
  }

  /** Resolves when the round under way is through. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
  }

  async #tidy(): Promise<void> {
    const { store, auth, now } = this.#parts;
    await auth.tidy();
    await store.idempotency.deleteCreatedBefore(new Date(now().getTime() - KEEP_IDEMPOTENCY_KEYS_MS));
  }
}
