import { FerryError } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import type { User } from '../../domain/user/user.ts';
import type { NewUser, UserRepository } from '../../domain/user/user-repository.ts';
import type { Database } from './schema.ts';
import { userFrom } from './user-row.ts';

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

  async getById(id: number): Promise<User | undefined> {
    const row = await this.#db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
    return row && userFrom(row);
  }

  async getByEmail(email: string): Promise<User | undefined> {
    const row = await this.#db
      .selectFrom('users')
      .selectAll()
      .where('email', '=', email.toLowerCase())
      .executeTakeFirst();
    return row && userFrom(row);
  }

  async create({ email, role, passwordHash }: NewUser): Promise<User> {
    const row = await this.#db
      .insertInto('users')
      .values({ email: email.toLowerCase(), role, password_hash: passwordHash, created_at: this.#now().getTime() })
      .onConflict((conflict) => conflict.column('email').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw new FerryError('CONFLICT', `There is a user with the address ${email} already.`);
    return userFrom(row);
  }
}
