import type { Page, PageRequest } from '../common/page.ts';
import type { User, UserRole } from './user.ts';

export type NewUser = Pick<User, 'email' | 'role' | 'passwordHash'>;

/** What an administrator may change of a user; null takes a value away, what is absent stays. */
export interface UserChanges {
  readonly email?: string;
  readonly role?: UserRole;
  readonly disabledAt?: Date | null;
  /** The open invitation. */
  readonly invitation?: null;
}

/** A one-time code with which a user sets their password; only its SHA-256 (hexadecimal) is kept. */
export interface Invitation {
  readonly hash: string;
  readonly until: Date;
}

export interface UserFilter {
  readonly role?: UserRole;
  /** Part of the e-mail address, without case. */
  readonly text?: string;
}

export interface UserRepository {
  count(): Promise<number>;
  /** Administrators who can sign in: not disabled, with a password. */
  countActiveAdministrators(): Promise<number>;
  list(filter: UserFilter, page: PageRequest<'id' | 'email'>): Promise<Page<User>>;
  getById(id: number): Promise<User | undefined>;
  /** Those of the users that exist, in no order. */
  getByIds(ids: readonly number[]): Promise<readonly User[]>;
  /** E-mail addresses compare without case. */
  getByEmail(email: string): Promise<User | undefined>;
  /** The user whose invitation has this SHA-256, open or expired. */
  getByInvitation(hash: string): Promise<User | undefined>;
  /** @throws FerryError CONFLICT when the address is taken. */
  create(user: NewUser): Promise<User>;
  /**
   * Changes a user whose version is still `version`; undefined when it is not, or there is no such user.
   *
   * @throws FerryError CONFLICT when the address is taken.
   */
  update(id: number, version: number, changes: UserChanges): Promise<User | undefined>;
  /** Opens an invitation; one that was open is closed by it. */
  invite(id: number, invitation: Invitation): Promise<void>;
  /** Sets the password and closes any invitation. */
  setPasswordHash(id: number, passwordHash: string): Promise<void>;
  /**
   * Removes a user with what is only theirs (sign-ins, keys, grants, jobs), if their version is still that one (any, when undefined);
   * returns whether it did.
   *
   * @throws FerryError CONFLICT when they own runs.
   */
  delete(id: number, version: number | undefined): Promise<boolean>;
}
