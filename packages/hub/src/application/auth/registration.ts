import { FerryError } from '../../domain/common/errors.ts';
import { isActive, type User } from '../../domain/user/user.ts';
import type { UserRepository } from '../../domain/user/user-repository.ts';
import type { Store } from '../store/store.ts';
import { credentialHash } from './credential-secret.ts';
import { givenText } from './given-text.ts';
import { isInvitationCode } from './invitation-code.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { MAX_PASSWORD_BYTES, refuseWeakPassword } from './password-policy.ts';
import type { SignInFailures } from './sign-in-failures.ts';
import type { Login, SignIns } from './sign-ins.ts';
import { visibleText } from './visible-text.ts';
import type { Visitor } from './visitor.ts';

const MAX_CODE_LENGTH = 256;

export interface RegistrationRequest extends Visitor {
  readonly code: string;
  readonly password: string;
}

export interface RegistrationDependencies {
  readonly store: Store;
  readonly passwords: PasswordHasher;
  readonly signIns: SignIns;
  readonly failures: SignInFailures;
  readonly now: () => Date;
}

/** Answering an invitation: the user's first password, or a new one in place of one that was lost. */
export class Registration {
  readonly #store: Store;
  readonly #passwords: PasswordHasher;
  readonly #signIns: SignIns;
  readonly #failures: SignInFailures;
  readonly #now: () => Date;

  constructor({ store, passwords, signIns, failures, now }: RegistrationDependencies) {
    this.#store = store;
    this.#passwords = passwords;
    this.#signIns = signIns;
    this.#failures = failures;
    this.#now = now;
  }

  /**
   * Sets the password, uses the code up, ends whatever sign-ins the user had, and signs them in.
   *
   * @throws FerryError UNAUTHENTICATED for a code that is unknown, used, expired, or of a disabled user (ATTACKS.md A17); VALIDATION
   *   for a weak password, after which the code is still good.
   */
  async register(request: RegistrationRequest): Promise<Login> {
    try {
      return await this.#answer(request);
    } catch (thrown) {
      const isRefused = thrown instanceof FerryError && thrown.code === 'UNAUTHENTICATED';
      if (isRefused) await this.#failures.record({ address: request.address, reason: 'wrongInvitation' });
      throw thrown;
    }
  }

  async #answer({ code, password, address, client }: RegistrationRequest): Promise<Login> {
    const codeHash = hashOf(givenText(code, 'code', MAX_CODE_LENGTH));
    const { id, email } = await this.#invited(this.#store.users, codeHash);
    refuseWeakPassword(givenText(password, 'password', MAX_PASSWORD_BYTES), email);
    const passwordHash = await this.#passwords.hash(password);
    const visitor = { address, client };
    const begun = await this.#store.transaction(async (repositories) => {
      const { users, signIns, audit } = repositories;
      const at = this.#now();
      // First: its lock puts those who come with the same code in a row, and only the first still finds the code open.
      await audit.append({
        at,
        actor: { kind: 'anonymous', name: email, address: visibleText(address, 64) },
        action: 'password.changed',
        object: { kind: 'user', id: String(id), name: email },
        details: { by: 'invitation' },
      });
      const user = await this.#invited(users, codeHash);
      await users.setPasswordHash(user.id, passwordHash);
      await signIns.revokeByUser(user.id, at);
      return this.#signIns.begin(repositories, user, visitor);
    });
    return this.#signIns.loginOf(begun);
  }

  async #invited(users: UserRepository, codeHash: string): Promise<User> {
    const user = await users.getByInvitation(codeHash);
    const isOpen = user?.invitedUntil !== undefined && user.invitedUntil > this.#now();
    if (user !== undefined && isOpen && isActive(user)) return user;
    throw notGood();
  }
}

function hashOf(code: string): string {
  if (!isInvitationCode(code.trim())) throw notGood();
  return credentialHash(code.trim());
}

function notGood(): FerryError {
  return new FerryError(
    'UNAUTHENTICATED',
    'This invitation is not good: it was used, has expired, or is not complete. Ask an administrator for another.',
  );
}
