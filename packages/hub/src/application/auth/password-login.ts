import { FerryError } from '../../domain/common/errors.ts';
import { isActive, type User } from '../../domain/user/user.ts';
import type { Store } from '../store/store.ts';
import { MAX_EMAIL_LENGTH } from '../user/email-address.ts';
import { givenText } from './given-text.ts';
import type { PasswordCheck } from './password-check.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { SignInFailures } from './sign-in-failures.ts';
import type { BegunSignIn, Login, SignIns } from './sign-ins.ts';
import { hasInvisible } from './visible-text.ts';
import type { Visitor } from './visitor.ts';

export interface LoginRequest extends Visitor {
  readonly email: string;
  readonly password: string;
}

export interface PasswordLoginDependencies {
  readonly store: Store;
  readonly passwords: PasswordHasher;
  readonly passwordCheck: PasswordCheck;
  readonly signIns: SignIns;
  readonly failures: SignInFailures;
  readonly now: () => Date;
}

/** Signing in with e-mail address and password: the same words and the same work whether or not the address is known (ATTACKS.md A7). */
export class PasswordLogin {
  readonly #store: Store;
  readonly #passwords: PasswordHasher;
  readonly #passwordCheck: PasswordCheck;
  readonly #signIns: SignIns;
  readonly #failures: SignInFailures;
  readonly #now: () => Date;

  constructor({ store, passwords, passwordCheck, signIns, failures, now }: PasswordLoginDependencies) {
    this.#store = store;
    this.#passwords = passwords;
    this.#passwordCheck = passwordCheck;
    this.#signIns = signIns;
    this.#failures = failures;
    this.#now = now;
  }

  /** @throws FerryError UNAUTHENTICATED, VALIDATION for what can be no credentials, RATE_LIMITED with `retryAfterSeconds`. */
  async login({ email: typed, password, address, client }: LoginRequest): Promise<Login> {
    const email = await this.#readable(typed, address);
    let user: User | undefined;
    let usable: User | undefined;
    const isRight = await this.#passwordCheck.matches({ account: email, password, address }, async () => {
      user = await this.#store.users.getByEmail(email);
      usable = user !== undefined && isActive(user) ? user : undefined;
      return usable?.passwordHash;
    });
    if (usable === undefined || !isRight) {
      const isDisabled = user !== undefined && usable === undefined;
      await this.#failures.record({ email, address, reason: isDisabled ? 'disabled' : 'wrongCredentials' });
      throw new FerryError('UNAUTHENTICATED', 'The e-mail address or the password is wrong.');
    }
    const rehashed = await this.#rehash(usable, password);
    return this.#signIns.loginOf(await this.#begin(usable, rehashed, { address, client }));
  }

  /** Two parsers that disagree about where a name ends are how others were broken into (ATTACKS.md A5): such a name is no name. */
  async #readable(typed: string, address: string): Promise<string> {
    const email = givenText(typed, 'email', MAX_EMAIL_LENGTH);
    if (!hasInvisible(email)) return email;
    await this.#failures.record({ email, address, reason: 'malformed' });
    throw new FerryError('VALIDATION', 'The e-mail address holds characters that cannot be seen. Type it anew.', {
      details: { field: 'email' },
    });
  }

  /** A new hash when the one stored was made more cheaply than today's, unless an invitation is open, which it would close. */
  async #rehash({ passwordHash = '', invitedUntil }: User, password: string): Promise<string | undefined> {
    if (invitedUntil !== undefined && invitedUntil > this.#now()) return undefined;
    return this.#passwords.isOutdated(passwordHash) ? this.#passwords.hash(password) : undefined;
  }

  async #begin(checked: User, rehashed: string | undefined, visitor: Visitor): Promise<BegunSignIn> {
    return this.#store.transaction(async (repositories) => {
      // First, because the chain's lock puts this and whatever changes the user in a row: none of it is missed below.
      const begun = await this.#signIns.begin(repositories, checked, visitor);
      const current = await repositories.users.getById(checked.id);
      if (current === undefined || !isActive(current) || current.passwordHash !== checked.passwordHash) {
        throw new FerryError('UNAUTHENTICATED', 'The e-mail address or the password is wrong.');
      }
      if (rehashed !== undefined) await repositories.users.setPasswordHash(checked.id, rehashed);
      return begun;
    });
  }
}
