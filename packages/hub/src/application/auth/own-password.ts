import { FerryError } from '../../domain/common/errors.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import type { Store } from '../store/store.ts';
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
   * @throws FerryError FORBIDDEN for an API key or a wrong current password, VALIDATION for a weak new one, RATE_LIMITED.
   */
  async change(principal: Principal, { current, next }: PasswordChange): Promise<void> {
    const { userId, email, credential } = principal;
    const subject = { kind: 'user', ownerId: userId } as const;
    authorize(principal, 'account', subject, { named: `user ${userId}`, doing: 'change your password' });
    await this.#requireCurrent(principal, current);
    givenText(next, 'next', MAX_PASSWORD_BYTES);
    refuseWeakPassword(next, email);
    if (next === current) throw new FerryError('VALIDATION', 'The new password is the one you have. Choose another.');
    const passwordHash = await this.#passwords.hash(next);
    const at = this.#now();
    const object = { kind: 'user', id: String(userId), name: email };
    await this.#store.transaction(async ({ users, signIns, audit }) => {
      // First: its lock keeps a sign-in with the old password from slipping in behind the ending of them.
      await audit.append(auditEvent(principal, 'password.changed', object, {}, at));
      await users.setPasswordHash(userId, passwordHash);
      await signIns.revokeByUser(userId, at, credential.kind === 'signIn' ? credential.id : undefined);
    });
  }

  async #requireCurrent({ userId, email, address }: Principal, current: string): Promise<void> {
    const claim = { account: email, password: current, address };
    const findHash = async () => (await this.#store.users.getById(userId))?.passwordHash;
    if (await this.#passwordCheck.matches(claim, findHash)) return;
    await this.#failures.record({ email, address, reason: 'wrongCurrentPassword' });
    // Not UNAUTHENTICATED: programs would take that for an expired access token, refresh it, and try again.
    throw new FerryError('FORBIDDEN', 'The current password is wrong.', { details: { field: 'current' } });
  }
}
