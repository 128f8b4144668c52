import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleNow } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlUserRepository } from './sql-user-repository.ts';

let database: TemporaryDatabase<Database>;
let users: SqlUserRepository;

beforeEach(async () => {
  database = await migratedDatabase();
  users = new SqlUserRepository(database.db, exampleNow);
});

afterEach(() => database[Symbol.asyncDispose]());

describe('users in SQL', () => {
  test('a user is found by an address in any case', async () => {
    const user = await users.create({ email: 'Ops@Example.com', role: 'admin', passwordHash: '$argon2id$' });

    expect(user).toEqual({
      id: expect.any(Number),
      email: 'ops@example.com',
      role: 'admin',
      passwordHash: '$argon2id$',
      createdAt: exampleNow(),
      version: 1,
    });
    expect(await users.getByEmail('OPS@example.COM')).toEqual(user);
    expect(await users.getById(user.id)).toEqual(user);
    expect(await users.count()).toBe(1);
  });

  test('an address is taken once, in whatever case', async () => {
    await users.create({ email: 'ops@example.com', role: 'admin', passwordHash: '' });

    await expect(users.create({ email: 'OPS@example.com', role: 'user', passwordHash: '' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });
});
