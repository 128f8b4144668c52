import { FerryError } from '../../domain/common/errors.ts';
import { givenText } from './given-text.ts';
import type { Attempt, LoginThrottle } from './login-throttle.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { MAX_PASSWORD_BYTES } from './password-policy.ts';
import type { SignInFailures } from './sign-in-failures.ts';
import { Turns } from './turns.ts';

export interface PasswordClaim {
  /** The e-mail address under which attempts are counted. */
  readonly account: string;
  readonly password: string;
  readonly address: string | undefined;
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
  readonly #turns = new Turns();

  constructor({ passwords, throttle, failures }: PasswordCheckDependencies) {
    this.#passwords = passwords;
    this.#throttle = throttle;
    this.#failures = failures;
  }

  /**
   * Whether the password is the one whose hash is found; without a hash it is not, which takes as long to find out. Those for one
   * account are looked at one after the other: many right ones at the same moment are no guessing.
   *
   * @param findHash asked only when the password may be looked at, so that refusing costs nothing
   * @throws FerryError VALIDATION, RATE_LIMITED with `retryAfterSeconds`; what `findHash` throws.
   */
  async matches(claim: PasswordClaim, findHash: () => Promise<string | undefined>): Promise<boolean> {
    const { account, password, address } = claim;
    givenText(password, 'password', MAX_PASSWORD_BYTES);
    const isRight = await this.#turns.take(account.toLowerCase(), async () => {
      const attempt = await this.#attempt(account, address);
      return this.#compare(attempt, password, findHash);
    });
    if (isRight !== undefined) return isRight;
    await this.#failures.count();
    throw new FerryError(
      'RATE_LIMITED',
      'Too many sign in with this e-mail address at this moment. Try again in 5 seconds.',
      {
        details: { retryAfterSeconds: 5 },
      },
    );
  }

  async #attempt(account: string, address: string | undefined): Promise<Attempt> {
    try {
      return this.#throttle.admit(account, address);
    } catch (thrown) {
      if (thrown instanceof FerryError && thrown.code === 'RATE_LIMITED') await this.#failures.count();
      throw thrown;
    }
  }

  async #compare(attempt: Attempt, password: string, findHash: () => Promise<string | undefined>): Promise<boolean> {
    try {
      const isRight = await this.#passwords.verify(password, await findHash());
      if (isRight) attempt.succeeded();
      return isRight;
    } catch (thrown) {
      attempt.withdrawn();
      throw thrown;
    }
  }
}
