import { FerryError } from '../../domain/common/errors.ts';
import { BoundedMap } from './bounded-map.ts';
import { GrowingDelay } from './growing-delay.ts';
import { NetworkAllowance } from './network-allowance.ts';
import { networkOf } from './network-of.ts';

const MAX_KNOWN_NETWORKS = 10_000;

/** An attempt that was let through. It counts as failed from the start, so that a thousand at once do not all pass as the first. */
export interface Attempt {
  /** The password was right: the account starts afresh. */
  succeeded(): void;
  /** The password was not looked at: the attempt counts for nothing. */
  withdrawn(): void;
}

/**
 * Slows down whoever guesses passwords: for each account and for each network (ATTACKS.md A8). In memory only: whoever can restart
 * the hub needs no password. Nobody is locked out for good: waits end, and a network from which an account was signed in to before
 * has a count of its own, so that strangers do not keep people out of it.
 */
export class LoginThrottle {
  readonly #now: () => Date;
  readonly #accounts = new GrowingDelay();
  readonly #networks = new NetworkAllowance();
  readonly #known = new BoundedMap<string, true>(MAX_KNOWN_NETWORKS);

  constructor({ now }: { readonly now: () => Date }) {
    this.#now = now;
  }

  /**
   * @param account the e-mail address as typed: one that nobody has waits like any other
   * @throws FerryError RATE_LIMITED with `retryAfterSeconds`; then the password must not be looked at.
   */
  admit(account: string, address: string | undefined): Attempt {
    const network = networkOf(address);
    const nowMs = this.#now().getTime();
    const fromNetwork = `${account.toLowerCase()} ${network}`;
    const key = this.#known.get(fromNetwork) ? fromNetwork : account.toLowerCase();
    refuseWaiting(this.#networks.waitMs(network, nowMs), 'from this network');
    refuseWaiting(this.#accounts.waitMs(key, nowMs), 'with this e-mail address');
    this.#networks.failed(network, nowMs);
    this.#accounts.failed(key, nowMs);
    return {
      succeeded: () => {
        this.#networks.takeBack(network, this.#now().getTime());
        this.#accounts.forget(key);
        this.#known.set(fromNetwork, true);
      },
      withdrawn: () => {
        this.#networks.takeBack(network, this.#now().getTime());
        this.#accounts.takeBack(key, this.#now().getTime());
      },
    };
  }
}

function refuseWaiting(waitMs: number, how: string): void {
  if (waitMs === 0) return;
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  throw new FerryError(
    'RATE_LIMITED',
    `Too many attempts to sign in ${how}. Try again in ${retryAfterSeconds} seconds.`,
    { details: { retryAfterSeconds } },
  );
}
