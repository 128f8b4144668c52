import { FerryError } from '../../domain/common/errors.ts';
import { isSignInValid, type SignIn } from '../../domain/user/sign-in.ts';
import { isActive } from '../../domain/user/user.ts';
import type { Store } from '../store/store.ts';
import { credentialHash, isSameHash } from './credential-secret.ts';
import { givenText } from './given-text.ts';
import { signedIn } from './principal-of.ts';
import { newRefreshToken, refreshTokenClaim } from './refresh-token.ts';
import { idleEnd } from './sign-in-life.ts';
import type { Login, SignIns } from './sign-ins.ts';
import { visibleText } from './visible-text.ts';
import type { Visitor } from './visitor.ts';

const MAX_TOKEN_LENGTH = 256;
const OVER = 'The sign-in is over. Sign in again.';

export interface RefreshRequest extends Visitor {
  readonly refreshToken: string;
}

export interface RefreshingDependencies {
  readonly store: Store;
  readonly signIns: SignIns;
  readonly now: () => Date;
}

/**
 * Keeps a sign-in alive: each refresh token is good once and buys the next. One that comes a second time was copied, and nobody can
 * tell whether thief or owner came first: the sign-in ends for both (RFC 9700, section 4.14.2; ATTACKS.md A14). One that was never
 * given out ends nothing.
 */
export class Refreshing {
  readonly #store: Store;
  readonly #signIns: SignIns;
  readonly #now: () => Date;

  constructor({ store, signIns, now }: RefreshingDependencies) {
    this.#store = store;
    this.#signIns = signIns;
    this.#now = now;
  }

  /** @throws FerryError UNAUTHENTICATED. */
  async refresh({ refreshToken: shown, address }: RefreshRequest): Promise<Login> {
    const at = this.#now();
    const claim = refreshTokenClaim(givenText(shown, 'refreshToken', MAX_TOKEN_LENGTH));
    if (claim === undefined) throw new FerryError('UNAUTHENTICATED', OVER);
    const signIn = await this.#store.signIns.getById(claim.signInId);
    const isOfFamily = signIn !== undefined && isSameHash(credentialHash(claim.family), signIn.familyHash);
    if (!isOfFamily || !isSignInValid(signIn, at)) throw new FerryError('UNAUTHENTICATED', OVER);
    const user = await this.#store.users.getById(signIn.userId);
    if (user === undefined || !isActive(user)) throw new FerryError('UNAUTHENTICATED', OVER);

    const shownHash = credentialHash(shown);
    const refreshToken = newRefreshToken(claim);
    const expiresAt = idleEnd(at, signIn.endsAt);
    const rotation = { refreshHash: credentialHash(refreshToken), at, expiresAt };
    const isRotated =
      isSameHash(shownHash, signIn.refreshHash) && (await this.#store.signIns.rotate(signIn.id, shownHash, rotation));
    if (!isRotated) {
      await this.#endReused(signIn, user.email, address);
      throw new FerryError('UNAUTHENTICATED', OVER);
    }
    const principal = signedIn(user, signIn, address);
    return this.#signIns.loginOf({ signIn: { ...signIn, expiresAt }, refreshToken, principal });
  }

  /** Told once for each sign-in: replaying the same token on and on writes nothing more. */
  async #endReused({ id }: SignIn, email: string, address: string): Promise<void> {
    const at = this.#now();
    await this.#store.transaction(async ({ signIns, audit }) => {
      if (!(await signIns.revoke(id, at))) return;
      await audit.append({
        at,
        // Whoever it was showed that they held a token of this user, not that they are the user.
        actor: { kind: 'anonymous', name: email, address: visibleText(address, 64) },
        action: 'signIn.reused',
        object: { kind: 'signIn', id },
        details: {},
      });
    });
  }
}
