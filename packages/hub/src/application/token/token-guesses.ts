import { FerryError } from '../../domain/common/errors.ts';
import { BoundedMap } from '../auth/bounded-map.ts';
import { GrowingDelay } from '../auth/growing-delay.ts';
import { networkOf } from '../auth/network-of.ts';
import { secretHash } from './token-secret.ts';
import type { AgentToken, TokenService } from './token-service.ts';

/** Tokens that are remembered as good or as unknown: more than agents, and a bound on what an attack costs. */
const MAX_REMEMBERED = 10_000;

export interface TokenGuessesDependencies {
  readonly tokens: Pick<TokenService, 'authenticate'>;
  readonly now: () => Date;
}

/**
 * Slows down whoever tries tokens, for each network (ATTACKS.md A53), as sign-ins are slowed down. In memory only. A machine that
 * comes back with the same unknown token over and over is one guess, and a token that was good from a network is let through
 * whatever its neighbours do: one agent that was set up wrong keeps no other one out.
 */
export class TokenGuesses {
  readonly #tokens: TokenGuessesDependencies['tokens'];
  readonly #now: () => Date;
  readonly #delays = new GrowingDelay();
  readonly #unknown = new BoundedMap<string, FerryError>(MAX_REMEMBERED);
  readonly #good = new BoundedMap<string, true>(MAX_REMEMBERED);

  constructor({ tokens, now }: TokenGuessesDependencies) {
    this.#tokens = tokens;
    this.#now = now;
  }

  /** @throws FerryError UNAUTHENTICATED; RATE_LIMITED with `retryAfterSeconds`: then the token was not looked at. */
  async authenticate(secret: string, address: string): Promise<AgentToken> {
    const key = secretHash(secret);
    // A token is made at random: one that is unknown now will not be known later.
    const unknown = this.#unknown.get(key);
    if (unknown !== undefined) throw unknown;
    const network = networkOf(address);
    const fromNetwork = `${network} ${key}`;
    if (!this.#good.get(fromNetwork)) this.#refuseWaiting(network);
    try {
      const opener = await this.#tokens.authenticate(secret);
      this.#good.set(fromNetwork, true);
      return opener;
    } catch (thrown) {
      if (thrown instanceof FerryError && thrown.details.reason === 'unknownToken') {
        this.#unknown.set(key, thrown);
        this.#delays.failed(network, this.#now().getTime());
      }
      throw thrown;
    }
  }

  #refuseWaiting(network: string): void {
    const waitMs = this.#delays.waitMs(network, this.#now().getTime());
    if (waitMs === 0) return;
    const retryAfterSeconds = Math.ceil(waitMs / 1_000);
    throw new FerryError(
      'RATE_LIMITED',
      `Too many unknown agent tokens came from this network. Try again in ${retryAfterSeconds} seconds.`,
      { details: { retryAfterSeconds } },
    );
  }
}
