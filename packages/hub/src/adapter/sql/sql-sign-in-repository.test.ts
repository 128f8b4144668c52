import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewSignIn } from '../../domain/user/sign-in-repository.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleNow } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlStore } from './sql-store.ts';

let database: TemporaryDatabase<Database>;
let store: SqlStore;
let userId: number;

beforeEach(async () => {
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
  userId = (await store.users.create({ email: 'ops@example.com', role: 'user' })).id;
});

afterEach(() => database[Symbol.asyncDispose]());

function at(minutes: number): Date {
  return new Date(exampleNow().getTime() + minutes * 60_000);
}

function signIn(id: string, madeAt = 0): NewSignIn {
  return {
    id,
    userId,
    refreshHash: `hash of ${id}`,
    familyHash: `hash of the family of ${id}`,
    createdAt: at(madeAt),
    lastUsedAt: at(madeAt),
    expiresAt: at(60),
    endsAt: at(600),
    address: '10.1.2.3',
    client: 'a browser',
  };
}

describe('sign-ins in SQL', () => {
  test('a sign-in comes back as it was made', async () => {
    expect(await store.signIns.create(signIn('a'))).toEqual(signIn('a'));
    expect(await store.signIns.getById('a')).toEqual(signIn('a'));
    expect(await store.signIns.getById('b')).toBeUndefined();
  });

  test('of two that show the same refresh token one gets the next one', async () => {
    await store.signIns.create(signIn('a'));
    const rotate = (next: string) =>
      store.signIns.rotate('a', 'hash of a', { refreshHash: next, at: at(5), expiresAt: at(65) });

    const both = await Promise.all([rotate('x'), rotate('y')]);

    expect(both.toSorted()).toEqual([false, true]);
    expect(await store.signIns.getById('a')).toMatchObject({ lastUsedAt: at(5), expiresAt: at(65) });
  });

  test('one that was ended is ended once, and gets no next token', async () => {
    await store.signIns.create(signIn('a'));

    expect(await store.signIns.revoke('a', at(1))).toBe(true);
    expect(await store.signIns.revoke('a', at(2))).toBe(false);
    const rotation = { refreshHash: 'x', at: at(5), expiresAt: at(65) };
    expect(await store.signIns.rotate('a', 'hash of a', rotation)).toBe(false);
    expect(await store.signIns.getById('a')).toMatchObject({ revokedAt: at(1) });
  });

  test('all of a user are ended but the one to spare', async () => {
    for (const id of ['a', 'b', 'c']) await store.signIns.create(signIn(id));

    expect(await store.signIns.revokeByUser(userId, at(1), 'b')).toBe(2);

    expect((await store.signIns.listByUser(userId, at(2), { limit: 10 })).items.map((each) => each.id)).toEqual(['b']);
  });

  test('those that hold are listed newest first, page after page', async () => {
    for (const [order, id] of ['a', 'b', 'c', 'd'].entries()) await store.signIns.create(signIn(id, order));
    await store.signIns.revoke('c', at(5));

    const first = await store.signIns.listByUser(userId, at(6), { limit: 2 });
    const second = await store.signIns.listByUser(userId, at(6), { limit: 2, cursor: first.nextCursor ?? '' });

    expect([...first.items, ...second.items].map((each) => each.id)).toEqual(['d', 'b', 'a']);
    expect(second.nextCursor).toBeUndefined();
    expect((await store.signIns.listByUser(userId, at(61), { limit: 2 })).items).toEqual([]);
    await expect(store.signIns.listByUser(userId, at(6), { limit: 2, cursor: 'none' })).rejects.toMatchObject({
      code: 'VALIDATION',
    });
  });

  test('what ended long ago is removed', async () => {
    await store.signIns.create(signIn('a'));
    await store.signIns.create({ ...signIn('b'), expiresAt: at(600) });

    await store.signIns.deleteEndedBefore(at(120));

    expect(await store.signIns.getById('a')).toBeUndefined();
    expect(await store.signIns.getById('b')).toBeDefined();
  });

  test('a user who is removed takes their sign-ins, keys and grants along', async () => {
    await store.signIns.create(signIn('a'));
    await store.apiKeys.create({ userId, name: 'k', prefix: 'frk_1', hash: 'h', scope: 'read', expiresAt: at(60) });

    await store.users.delete(userId, undefined);

    expect(await store.signIns.getById('a')).toBeUndefined();
    expect(await store.apiKeys.getByHash('h')).toBeUndefined();
  });
});
