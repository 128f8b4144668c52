import { randomBytes } from 'node:crypto';
import { FerryError } from '../../domain/common/errors.ts';
import type { User } from '../../domain/user/user.ts';
import type { UserRepository } from '../../domain/user/user-repository.ts';
import type { AccessToken, AccessTokens } from './access-token.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { Principal } from './principal.ts';

const DEFAULT_ADMINISTRATOR = 'admin@localhost';
/** 144 bits, 24 characters: nobody has to remember it, and nobody guesses it. */
const GENERATED_PASSWORD_BYTES = 18;
const MIN_PASSWORD_LENGTH = 12;

export interface AuthServiceDependencies {
  readonly users: UserRepository;
  readonly passwords: PasswordHasher;
  readonly accessTokens: AccessTokens;
  readonly now: () => Date;
}

export interface NewAdministrator {
  readonly email: string;
  /** Present when none was given: shown once, not kept. */
  readonly generatedPassword?: string;
}

export interface Login extends AccessToken {
  readonly user: Principal;
}

/** Who may use the hub, and how they prove it. */
export class AuthService {
  readonly #users: UserRepository;
  readonly #passwords: PasswordHasher;
  readonly #accessTokens: AccessTokens;
  readonly #now: () => Date;

  constructor({ users, passwords, accessTokens, now }: AuthServiceDependencies) {
    this.#users = users;
    this.#passwords = passwords;
    this.#accessTokens = accessTokens;
    this.#now = now;
  }

  /**
   * Makes the first administrator, with a random password when none is given: there is no default one, ever. Returns undefined
   * when the hub has users already; nothing given here changes them.
   *
   * @throws FerryError VALIDATION for a password shorter than 12 characters or an address that is none.
   */
  async ensureAdministrator(given: {
    readonly email?: string;
    readonly password?: string;
  }): Promise<NewAdministrator | undefined> {
    if ((await this.#users.count()) > 0) return undefined;
    const email = emailAddress(given.email ?? DEFAULT_ADMINISTRATOR);
    if (given.password !== undefined) refuseShort(given.password);
    const password = given.password ?? randomBytes(GENERATED_PASSWORD_BYTES).toString('base64url');
    const user = await this.#users.create({ email, role: 'admin', passwordHash: await this.#passwords.hash(password) });
    return { email: user.email, ...(given.password === undefined && { generatedPassword: password }) };
  }

  /** @throws FerryError UNAUTHENTICATED, with the same words and after the same work whether or not the address is known. */
  async login(email: string, password: string): Promise<Login> {
    const user = await this.#users.getByEmail(email);
    const isRight = await this.#passwords.verify(password, user?.passwordHash);
    if (user === undefined || !isRight) {
      throw new FerryError('UNAUTHENTICATED', 'The e-mail address or the password is wrong.');
    }
    const issued = await this.#accessTokens.issue(user.id, this.#now());
    return { ...issued, user: principalOf(user) };
  }

  /** Who shows this access token, as the database has them now. @throws FerryError UNAUTHENTICATED. */
  async authenticate(accessToken: string): Promise<Principal> {
    const userId = await this.#accessTokens.verify(accessToken, this.#now());
    const user = await this.#users.getById(userId);
    if (user === undefined) throw new FerryError('UNAUTHENTICATED', 'The user of this access token was removed.');
    return principalOf(user);
  }
}

function principalOf({ id, role, email }: User): Principal {
  return { userId: id, role, email };
}

function emailAddress(text: string): string {
  // Only what would surely be a slip of the hand is refused: whether an address exists is found out by writing to it.
  if (/^[^\s@]+@[^\s@]+$/.test(text) && text.length <= 254) return text;
  throw new FerryError('VALIDATION', `"${text}" is not an e-mail address.`);
}

function refuseShort(password: string): void {
  if ([...password].length >= MIN_PASSWORD_LENGTH) return;
  throw new FerryError('VALIDATION', `The administrator's password needs at least ${MIN_PASSWORD_LENGTH} characters.`);
}
