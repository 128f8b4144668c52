import type { AuditActor } from '../../domain/audit/audit-event.ts';
import { FerryError } from '../../domain/common/errors.ts';
import type { User } from '../../domain/user/user.ts';
import type { Repositories, Store } from '../store/store.ts';
import { emailAddress, MAX_EMAIL_LENGTH } from '../user/email-address.ts';
import { givenText } from './given-text.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { MAX_PASSWORD_BYTES, refuseWeakPassword } from './password-policy.ts';
import { type OfferedCode, SetupCode } from './setup-code.ts';
import type { SetupCodeFile } from './setup-code-file.ts';
import type { SignInFailures } from './sign-in-failures.ts';
import type { Login, SignIns } from './sign-ins.ts';
import { visibleText } from './visible-text.ts';
import type { Visitor } from './visitor.ts';

const DEFAULT_ADMINISTRATOR = 'admin@localhost';
const MAX_CODE_LENGTH = 64;

export interface SetupRequest extends Visitor {
  readonly code: string;
  readonly email: string;
  readonly password: string;
}

export interface GivenAdministrator {
  readonly email?: string;
  readonly password?: string;
}

export interface FirstAdministratorDependencies {
  readonly store: Store;
  readonly passwords: PasswordHasher;
  readonly signIns: SignIns;
  readonly failures: SignInFailures;
  readonly setupCodeFile: SetupCodeFile;
  readonly now: () => Date;
}

/** How a hub without users gets its first: by a code that its machine shows, or from its configuration. No default, ever. */
export class FirstAdministrator {
  readonly #store: Store;
  readonly #passwords: PasswordHasher;
  readonly #signIns: SignIns;
  readonly #failures: SignInFailures;
  readonly #setupCodeFile: SetupCodeFile;
  readonly #setupCode = new SetupCode();
  readonly #now: () => Date;
  #isCodeInFile = false;

  constructor({ store, passwords, signIns, failures, setupCodeFile, now }: FirstAdministratorDependencies) {
    this.#store = store;
    this.#passwords = passwords;
    this.#signIns = signIns;
    this.#failures = failures;
    this.#setupCodeFile = setupCodeFile;
    this.#now = now;
  }

  /** Whether the hub has no user yet. */
  async isMissing(): Promise<boolean> {
    return (await this.#store.users.count()) === 0;
  }

  /**
   * Makes the administrator that the configuration names. Returns undefined without a password in it, or when the hub has users
   * already: nothing given here changes them.
   *
   * @throws FerryError VALIDATION for a weak password or an address that is none.
   */
  async ensure({ email: given, password }: GivenAdministrator): Promise<{ readonly email: string } | undefined> {
    if (!(await this.isMissing())) return undefined;
    const email = emailAddress(given ?? DEFAULT_ADMINISTRATOR);
    if (password === undefined) return undefined;
    refuseWeakPassword(password, email);
    const passwordHash = await this.#passwords.hash(password);
    const actor = { kind: 'hub', name: 'configuration' } as const;
    await this.#store.transaction((repositories) => this.#create(repositories, { email, passwordHash, actor }));
    return { email };
  }

  /** Opens a setup code when the hub has no user; call it at each start. A code that is left from an earlier start is removed. */
  async offerCode(): Promise<OfferedCode | undefined> {
    if (!(await this.isMissing())) {
      await this.#closeCode();
      return undefined;
    }
    const offered = this.#setupCode.offer(this.#now());
    await this.#setupCodeFile.write(offered.code);
    this.#isCodeInFile = true;
    return offered;
  }

  /** Removes the file with the setup code once the code is good no more. */
  async dropExpiredCode(): Promise<void> {
    if (this.#isCodeInFile && !this.#setupCode.isOpen(this.#now())) await this.#removeFile();
  }

  /**
   * Makes the first administrator, and signs them in.
   *
   * @throws FerryError UNAUTHENTICATED for a wrong, used or expired code; VALIDATION for a weak password or no address, after which
   *   the code is still good; CONFLICT when the hub has a user by now.
   */
  async setUp({ code, email: given, password, address, client }: SetupRequest): Promise<Login> {
    const typed = givenText(given, 'email', MAX_EMAIL_LENGTH);
    await this.#requireCode(givenText(code, 'code', MAX_CODE_LENGTH), { email: typed, address });
    const email = emailAddress(typed);
    refuseWeakPassword(givenText(password, 'password', MAX_PASSWORD_BYTES), email);
    const passwordHash = await this.#passwords.hash(password);
    const actor = { kind: 'anonymous', name: 'setup code', address: visibleText(address, 64) } as const;
    const begun = await this.#store.transaction(async (repositories) => {
      const user = await this.#create(repositories, { email, passwordHash, actor });
      return this.#signIns.begin(repositories, user, { address, client });
    });
    await this.#closeCode();
    return this.#signIns.loginOf(begun);
  }

  async #requireCode(code: string, { email, address }: Pick<SetupRequest, 'email' | 'address'>): Promise<void> {
    try {
      this.#setupCode.check(code, this.#now());
    } catch (thrown) {
      await this.#failures.record({ email, address, reason: 'wrongSetupCode' });
      throw thrown;
    }
  }

  async #create(
    { users, audit }: Repositories,
    {
      email,
      passwordHash,
      actor,
    }: { readonly email: string; readonly passwordHash: string; readonly actor: AuditActor },
  ): Promise<User> {
    // Before the other side of a race gets its user in: then there is nothing to undo.
    if ((await users.count()) > 0) throw setUpAlready();
    const user = await users.create({ email, role: 'admin', passwordHash });
    const object = { kind: 'user', id: String(user.id), name: email };
    await audit.append({ at: this.#now(), actor, action: 'user.created', object, details: { role: 'admin' } });
    // And behind the chain's lock, where the other one is seen if there is one: exactly one of two stays (ATTACKS.md A1).
    if ((await users.count()) > 1) throw setUpAlready();
    return user;
  }

  async #closeCode(): Promise<void> {
    this.#setupCode.close();
    await this.#removeFile();
  }

  async #removeFile(): Promise<void> {
    await this.#setupCodeFile.remove();
    this.#isCodeInFile = false;
  }
}

function setUpAlready(): FerryError {
  return new FerryError(
    'CONFLICT',
    'The hub has its first administrator already. Sign in, or ask them for an invitation.',
  );
}
