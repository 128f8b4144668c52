import { FerryError } from '../../domain/common/errors.ts';
import { givenText } from './given-text.ts';
import type { Attempt, LoginThrottle } from './login-throttle.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { MAX_PASSWORD_BYTES } from './password-policy.ts';
import type { SignInFailures } from './sign-in-failures.ts';

export interface PasswordClaim {
  /** The e-mail address under which attempts are counted. */
  readonly account: string;
  readonly password: string;
  readonly address: string | undefined;
}

/** A password that may be looked at, once. */
export interface AdmittedClaim {
  /** Whether it is the one that was hashed; without a hash it is not, which takes as long to find out. @throws FerryError RATE_LIMITED. */
  matches(hash: string | undefined): Promise<boolean>;
}

export interface PasswordCheckDependencies {
  readonly passwords: PasswordHasher;
  readonly throttle: LoginThrottle;
  readonly failures: SignInFailures;
}

/** The one place where a password is compared, and none is compared that the throttle did not let through. */
export class PasswordCheck {
  readonly #passwords: PasswordHasher;
  readonly #throttle: LoginThrottle;
  readonly #failures: SignInFailures;

  constructor({ passwords, throttle, failures }: PasswordCheckDependencies) {
    this.#passwords = passwords;
    this.#throttle = throttle;
    this.#failures = failures;
  }

  /** Asks nothing of the database, so that refusing costs nothing. @throws FerryError VALIDATION, RATE_LIMITED with `retryAfterSeconds`. */
  async admit({ account, password, address }: PasswordClaim): Promise<AdmittedClaim> {
    givenText(password, 'password', MAX_PASSWORD_BYTES);
    const attempt = await this.#attempt(account, address);
    return { matches: (hash) => this.#compare(attempt, password, hash) };
  }

  async #attempt(account: string, address: string | undefined): Promise<Attempt> {
    try {
      return this.#throttle.admit(account, address);
    } catch (thrown) {
      if (thrown instanceof FerryError && thrown.code === 'RATE_LIMITED') await this.#failures.count();
      throw thrown;
    }
  }

  async #compare(attempt: Attempt, password: string, hash: string | undefined): Promise<boolean> {
    try {
      const isRight = await this.#passwords.verify(password, hash);
      if (isRight) attempt.succeeded();
      return isRight;
    } catch (thrown) {
      attempt.withdrawn();
      throw thrown;
    }
  }
}
