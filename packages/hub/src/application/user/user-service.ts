import { FerryError } from '../../domain/common/errors.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { isActive, type User, type UserRole } from '../../domain/user/user.ts';
import type { UserChanges, UserFilter } from '../../domain/user/user-repository.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import { type Action, authorize } from '../auth/can.ts';
import type { PasswordHasher } from '../auth/password-hasher.ts';
import { refuseWeakPassword } from '../auth/password-policy.ts';
import type { Principal } from '../auth/principal.ts';
import { type MadeOnce, makeOnce, type OnceRequest } from '../idempotency/make-once.ts';
import { cancelRuns } from '../run/cancel-runs.ts';
import type { RunDispatcher } from '../run/run-dispatcher.ts';
import { staleVersion } from '../store/stale-version.ts';
import type { Store } from '../store/store.ts';
import { emailAddress } from './email-address.ts';
import { type InvitationCode, newInvitation } from './invitation.ts';
import { isLessAdministrator, requireAdministrator } from './last-administrator.ts';

export interface UserServiceDependencies {
  readonly store: Store;
  readonly passwords: PasswordHasher;
  readonly dispatcher: Pick<RunDispatcher, 'runCancelled'>;
  readonly now: () => Date;
}

export interface UserRequest {
  readonly email: string;
  readonly role: UserRole;
  /** Absent: the user sets their own, by invitation. */
  readonly password?: string;
}

export interface UserUpdate {
  readonly email?: string;
  readonly role?: UserRole;
  readonly disabled?: boolean;
}

/** The people who use the hub. For administrators, of whom one always stays. */
export class UserService {
  readonly #store: Store;
  readonly #passwords: PasswordHasher;
  readonly #dispatcher: UserServiceDependencies['dispatcher'];
  readonly #now: () => Date;

  constructor({ store, passwords, dispatcher, now }: UserServiceDependencies) {
    this.#store = store;
    this.#passwords = passwords;
    this.#dispatcher = dispatcher;
    this.#now = now;
  }

  /** @throws FerryError FORBIDDEN. */
  async list(principal: Principal, filter: UserFilter, page: PageRequest<'id' | 'email'>): Promise<Page<User>> {
    authorize(principal, 'read', { kind: 'hub' }, { named: 'user', doing: 'see all users' });
    return this.#store.users.list(filter, page);
  }

  /** The users with these ids, by id: for showing the names of many at the price of one query. */
  async getMany(ids: Iterable<number>): Promise<ReadonlyMap<number, User>> {
    const users = await this.#store.users.getByIds([...new Set(ids)]);
    return new Map(users.map((user) => [user.id, user]));
  }

  /** A user: everybody for an administrator, else oneself. @throws FerryError NOT_FOUND. */
  async get(principal: Principal, id: number): Promise<User> {
    authorizeOn(principal, 'read', id, 'see users');
    return found(await this.#store.users.getById(id), id);
  }

  /**
   * Makes a user, with an invitation when no password is given. Its code is not kept: this is the only time it is shown, and a
   * repeated request does not get it.
   *
   * @throws FerryError VALIDATION for a weak password or no address, CONFLICT when the address is taken, FORBIDDEN.
   */
  async create(
    principal: Principal,
    { email: given, role, password }: UserRequest,
    once?: OnceRequest,
  ): Promise<MadeOnce<User> & { readonly invitation?: InvitationCode }> {
    const doing = role === 'admin' ? 'make administrators' : 'make users';
    authorize(principal, 'write', { kind: 'hub' }, { named: 'user', doing });
    if (role === 'admin') requireSignIn(principal, doing);
    const email = emailAddress(given);
    if (password !== undefined) refuseWeakPassword(password, email);
    const passwordHash = password === undefined ? undefined : await this.#passwords.hash(password);
    const invitation = password === undefined ? newInvitation(this.#now()) : undefined;
    const result = await makeOnce({
      store: this.#store,
      principal,
      once,
      objectKind: 'user',
      now: this.#now,
      make: async ({ users, audit }) => {
        const user = await users.create({ email, role, ...(passwordHash !== undefined && { passwordHash }) });
        if (invitation !== undefined) await users.invite(user.id, invitation.kept);
        const details = { role, isInvited: invitation !== undefined };
        await audit.append(auditEvent(principal, 'user.created', objectOf(user), details, this.#now()));
        return found(await users.getById(user.id), user.id);
      },
      find: (id) => this.#store.users.getById(id),
    });
    return { ...result, ...(!result.isRepeat && invitation !== undefined && { invitation: invitation.shown }) };
  }

  /**
   * A code with which the user sets a password, for the first time or because they lost theirs; an older code is good no more.
   *
   * @throws FerryError NOT_FOUND, FORBIDDEN, CONFLICT for a disabled user.
   */
  async invite(principal: Principal, id: number): Promise<InvitationCode> {
    authorizeOn(principal, 'write', id, 'invite users');
    const at = this.#now();
    const { shown, kept } = newInvitation(at);
    const before = found(await this.#store.users.getById(id), id);
    await this.#store.transaction(async ({ users, audit }) => {
      // First: behind its lock nobody makes an administrator of the user any more before the invitation is theirs.
      const details = { until: shown.until.toISOString() };
      await audit.append(auditEvent(principal, 'user.invited', objectOf(before), details, at));
      const user = found(await users.getById(id), id);
      // Whoever holds the code becomes the user: an API key that leaked must not be worth an account.
      if (user.role === 'admin' || user.passwordHash !== undefined) requireSignIn(principal, 'reset passwords');
      if (!isActive(user)) throw new FerryError('CONFLICT', `${user.email} is disabled. Enable them first.`);
      await users.invite(id, kept);
    });
    return shown;
  }

  /**
   * Changes a user; what is absent stays. A user who is disabled or gets another role is signed out everywhere; another role or
   * address closes an open invitation, which was meant for whom they were. The runs of one who is disabled are cancelled (FAULTS.md F70).
   *
   * @param version the one the principal looked at; undefined: whatever is there now
   * @throws FerryError NOT_FOUND, FORBIDDEN, VALIDATION, CONFLICT when the version is stale, the address is taken, or nobody active
   *   would be left who is an administrator.
   */
  async update(principal: Principal, id: number, version: number | undefined, wanted: UserUpdate): Promise<User> {
    authorizeOn(principal, 'write', id, 'change users');
    if (wanted.role === 'admin') requireSignIn(principal, 'make administrators');
    const at = this.#now();
    const before = found(await this.#store.users.getById(id), id);
    const { details, changes } = changesOf(wanted, at);
    const { updated, cancelled } = await this.#store.transaction(async (repositories) => {
      const { users, signIns, runs, audit } = repositories;
      // First: its lock puts such changes in a row, so that two administrators cannot remove each other.
      await audit.append(auditEvent(principal, 'user.changed', objectOf(before), details, at));
      const current = found(await users.getById(id), id);
      const changed =
        version === undefined || version === current.version
          ? await users.update(id, current.version, withoutOldInvitation(changes, current))
          : undefined;
      if (changed === undefined) throw staleVersion(`User ${current.email}`, current.version);
      if (isLessAdministrator(current, changed)) await requireAdministrator(users, current);
      const isShutOut = isActive(current) && !isActive(changed);
      if (changed.role !== current.role || isShutOut) await signIns.revokeByUser(id, at);
      const unwanted = isShutOut ? await runs.listUnsettledOf(id) : [];
      const reason = `Its owner, ${current.email}, was disabled.`;
      return { updated: changed, cancelled: await cancelRuns(repositories, unwanted, reason, at) };
    });
    for (const run of cancelled) this.#dispatcher.runCancelled(run);
    return updated;
  }

  /**
   * Removes a user with their sign-ins, keys, grants and jobs.
   *
   * @throws FerryError NOT_FOUND, FORBIDDEN, CONFLICT for a user with runs, which must stay known, and for the last administrator.
   */
  async delete(principal: Principal, id: number, version?: number): Promise<void> {
    authorizeOn(principal, 'write', id, 'remove users');
    const at = this.#now();
    const user = found(await this.#store.users.getById(id), id);
    await this.#store.transaction(async ({ users, audit }) => {
      await audit.append(auditEvent(principal, 'user.removed', objectOf(user), { role: user.role }, at));
      const isDeleted = await users.delete(id, version).catch((cause: unknown) => {
        throw explainKept(user, cause);
      });
      if (!isDeleted) throw staleVersion(`User ${user.email}`, user.version);
      if (user.role === 'admin') await requireAdministrator(users, user);
    });
  }
}

/** Whoever holds the code was to become that user, and neither an administrator nor somebody else (ATTACKS.md A17). */
function withoutOldInvitation(changes: UserChanges, { email, role }: User): UserChanges {
  const isSame = (changes.email ?? email) === email && (changes.role ?? role) === role;
  return isSame ? changes : { ...changes, invitation: null };
}

function changesOf({ email: given, role, disabled }: UserUpdate, at: Date) {
  const email = given === undefined ? undefined : emailAddress(given);
  const common = { ...(email !== undefined && { email }), ...(role !== undefined && { role }) };
  const changes: UserChanges = { ...common, ...(disabled !== undefined && { disabledAt: disabled ? at : null }) };
  return { changes, details: { ...common, ...(disabled !== undefined && { disabled }) } };
}

function explainKept({ email }: User, cause: unknown): unknown {
  if (!(cause instanceof FerryError) || cause.code !== 'CONFLICT') return cause;
  return new FerryError('CONFLICT', `${email} has runs, which stay known with their owner. Disable the user instead.`, {
    details: { reason: 'hasRuns' },
    cause,
  });
}

function authorizeOn(principal: Principal, action: Action, id: number, doing: string): void {
  authorize(principal, action, { kind: 'user', ownerId: id }, { named: `user ${id}`, doing });
}

function requireSignIn(principal: Principal, doing: string): void {
  authorize(principal, 'account', { kind: 'hub' }, { named: 'user', doing });
}

function found(user: User | undefined, id: number): User {
  if (user === undefined) throw new FerryError('NOT_FOUND', `There is no user ${id}.`);
  return user;
}

function objectOf({ id, email }: User) {
  return { kind: 'user', id: String(id), name: email } as const;
}
