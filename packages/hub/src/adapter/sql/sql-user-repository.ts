import { FerryError } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { User } from '../../domain/user/user.ts';
import type {
  Invitation,
  NewUser,
  UserChanges,
  UserFilter,
  UserRepository,
} from '../../domain/user/user-repository.ts';
import { deleteVersion } from './delete-version.ts';
import { pageOf, pageQuery } from './keyset.ts';
import type { Database } from './schema.ts';
import { isForeignKeyViolation, isUniqueViolation } from './statement-failure.ts';
import { containsText } from './text-condition.ts';
import { NO_PASSWORD, userChangeColumns, userFrom } from './user-row.ts';

const sortColumns = { id: 'id', email: 'email' };

export class SqlUserRepository implements UserRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async count(): Promise<number> {
    const { users } = await this.#db
      .selectFrom('users')
      .select(({ fn }) => fn.countAll().as('users'))
      .executeTakeFirstOrThrow();
    return Number(users);
  }

  async countActiveAdministrators(): Promise<number> {
    const { users } = await this.#db
      .selectFrom('users')
      .select(({ fn }) => fn.countAll().as('users'))
      .where('role', '=', 'admin')
      .where('disabled_at', 'is', null)
      .where('password_hash', '<>', NO_PASSWORD)
      .executeTakeFirstOrThrow();
    return Number(users);
  }

  async list({ role, text }: UserFilter, page: PageRequest<'id' | 'email'>): Promise<Page<User>> {
    let query = this.#db.selectFrom('users').selectAll();
    if (role !== undefined) query = query.where('role', '=', role);
    if (text !== undefined) query = query.where(containsText('email', text));
    return pageOf(await pageQuery(query, sortColumns, page).execute(), sortColumns, page, userFrom);
  }

  async getById(id: number): Promise<User | undefined> {
    const row = await this.#db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
    return row && userFrom(row);
  }

  async getByIds(ids: readonly number[]): Promise<readonly User[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db.selectFrom('users').selectAll().where('id', 'in', ids).execute();
    return rows.map(userFrom);
  }

  async getByEmail(email: string): Promise<User | undefined> {
    const row = await this.#db
      .selectFrom('users')
      .selectAll()
      .where('email', '=', email.toLowerCase())
      .executeTakeFirst();
    return row && userFrom(row);
  }

  async getByInvitation(hash: string): Promise<User | undefined> {
    const row = await this.#db.selectFrom('users').selectAll().where('invitation_hash', '=', hash).executeTakeFirst();
    return row && userFrom(row);
  }

  async create({ email, role, passwordHash = NO_PASSWORD }: NewUser): Promise<User> {
    const row = await this.#db
      .insertInto('users')
      .values({ email: email.toLowerCase(), role, password_hash: passwordHash, created_at: this.#now().getTime() })
      .onConflict((conflict) => conflict.column('email').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw emailIsTaken(email);
    return userFrom(row);
  }

  async update(id: number, version: number, changes: UserChanges): Promise<User | undefined> {
    try {
      const row = await this.#db
        .updateTable('users')
        .set({ ...userChangeColumns(changes), revision: version + 1 })
        .where('id', '=', id)
        .where('revision', '=', version)
        .returningAll()
        .executeTakeFirst();
      return row && userFrom(row);
    } catch (thrown) {
      if (isUniqueViolation(thrown)) throw emailIsTaken(changes.email ?? '');
      throw thrown;
    }
  }

  async invite(id: number, { hash, until }: Invitation): Promise<void> {
    await this.#db
      .updateTable('users')
      .set({ invitation_hash: hash, invited_until: until.getTime() })
      .where('id', '=', id)
      .execute();
  }

  async setPasswordHash(id: number, passwordHash: string): Promise<void> {
    await this.#db
      .updateTable('users')
      .set({ password_hash: passwordHash, invitation_hash: null, invited_until: null })
      .where('id', '=', id)
      .execute();
  }

  async delete(id: number, version: number | undefined): Promise<boolean> {
    try {
      return await deleteVersion(this.#db, 'users', id, version);
    } catch (thrown) {
      if (!isForeignKeyViolation(thrown)) throw thrown;
      throw new FerryError(
        'CONFLICT',
        `User ${id} owns runs, which are kept as a record of what happened. Disable the user instead.`,
      );
    }
  }
}

function emailIsTaken(email: string): FerryError {
  return new FerryError('CONFLICT', `There is a user with the address ${email} already.`);
}
