import { FerryError } from '../../domain/common/errors.ts';
import { isSignInValid } from '../../domain/user/sign-in.ts';
import { isActive } from '../../domain/user/user.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import type { Repositories, Store } from '../store/store.ts';
import { authorize } from './can.ts';
import { givenText } from './given-text.ts';
import type { PasswordCheck } from './password-check.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { MAX_PASSWORD_BYTES, refuseWeakPassword } from './password-policy.ts';
import type { Principal } from './principal.ts';
import type { SignInFailures } from './sign-in-failures.ts';

export interface PasswordChange {
  readonly current: string;
  readonly next: string;
}

export interface OwnPasswordDependencies {
  readonly store: Store;
  readonly passwords: PasswordHasher;
  readonly passwordCheck: PasswordCheck;
  readonly failures: SignInFailures;
  readonly now: () => Date;
}

/** Changing one's own password, which takes knowing it: a stolen access token does not become a stolen account. */
export class OwnPassword {
  readonly #store: Store;
  readonly #passwords: PasswordHasher;
  readonly #passwordCheck: PasswordCheck;
  readonly #failures: SignInFailures;
  readonly #now: () => Date;

  constructor({ store, passwords, passwordCheck, failures, now }: OwnPasswordDependencies) {
    this.#store = store;
    this.#passwords = passwords;
    this.#passwordCheck = passwordCheck;
    this.#failures = failures;
    this.#now = now;
  }

  /**
   * Ends all other sign-ins of the principal; their API keys stay.
   *
   * @throws FerryError FORBIDDEN for an API key or a wrong current password, VALIDATION for a weak new one, RATE_LIMITED;
   *   UNAUTHENTICATED when the sign-in or its user came to an end meanwhile.
   */
  async change(principal: Principal, { current, next }: PasswordChange): Promise<void> {
    const { userId, email, credential } = principal;
    const subject = { kind: 'user', ownerId: userId } as const;
    authorize(principal, 'account', subject, { named: `user ${userId}`, doing: 'change your password' });
    const checkedHash = await this.#requireCurrent(principal, current);
    givenText(next, 'next', MAX_PASSWORD_BYTES);
    refuseWeakPassword(next, email);
    if (next === current) throw new FerryError('VALIDATION', 'The new password is the one you have. Choose another.');
    const passwordHash = await this.#passwords.hash(next);
    const at = this.#now();
    const spared = credential.kind === 'signIn' ? credential.id : undefined;
    const object = { kind: 'user', id: String(userId), name: email };
    await this.#store.transaction(async (repositories) => {
      const { users, signIns, audit } = repositories;
      // First: its lock keeps a sign-in with the old password from slipping in behind the ending of them, and puts this and whatever
      // else changes the user in a row: none of it is missed below.
      await audit.append(auditEvent(principal, 'password.changed', object, {}, at));
      await this.#requireUnchanged(repositories, principal, checkedHash);
      await users.setPasswordHash(userId, passwordHash);
      await signIns.revokeByUser(userId, at, spared);
    });
  }

  /** The hash that the current password was found to fit. */
  async #requireCurrent({ userId, email, address }: Principal, current: string): Promise<string | undefined> {
    const claim = { account: email, password: current, address };
    let checkedHash: string | undefined;
    const findHash = async () => {
      checkedHash = (await this.#store.users.getById(userId))?.passwordHash;
      return checkedHash;
    };
    if (await this.#passwordCheck.matches(claim, findHash)) return checkedHash;
    await this.#failures.record({ email, address, reason: 'wrongCurrentPassword' });
    throw wrongCurrent();
  }

  /** Hashing takes its time, in which the sign-in can be ended, the user disabled, or the password reset (ATTACKS.md A15, A17). */
  async #requireUnchanged(
    { users, signIns }: Repositories,
    { userId, credential }: Principal,
    checkedHash: string | undefined,
  ): Promise<void> {
    const user = await users.getById(userId);
    const signIn = credential.kind === 'signIn' ? await signIns.getById(credential.id) : undefined;
    const isSignedIn = signIn !== undefined && isSignInValid(signIn, this.#now());
    if (user === undefined || !isActive(user) || !isSignedIn) {
      throw new FerryError('UNAUTHENTICATED', 'The sign-in is over. Sign in again.');
    }
    if (user.passwordHash !== checkedHash) throw wrongCurrent();
  }
}

function wrongCurrent(): FerryError {
  // Not UNAUTHENTICATED: programs would take that for an expired access token, refresh it, and try again.
  return new FerryError('FORBIDDEN', 'The current password is wrong.', { details: { field: 'current' } });
}
