import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildExampleAuth, type ExampleAuth, PASSWORD, visitor } from '../../adapter/jwt/example-auth.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Login } from './sign-ins.ts';

const NEXT = 'seven herons in the fog';

let database: TemporaryDatabase<Database>;
let example: ExampleAuth;
let mine: Login;

beforeEach(async () => {
  database = await temporaryDatabase();
  example = await buildExampleAuth(database.db);
  await example.add('kim@example.com');
  mine = await example.login('kim@example.com');
});

afterEach(() => database[Symbol.asyncDispose]());

const change = (current: string, next: string) => example.auth.changePassword(mine.user, { current, next });

describe('changing one’s password', () => {
  test('keeps this sign-in and the keys, and ends the other sign-ins', async () => {
    const other = await example.login('kim@example.com');
    const { secret = '' } = await example.keys.create(mine.user, { name: 'script', scope: 'read' });

    await change(PASSWORD, NEXT);

    expect((await example.auth.authenticate(mine.accessToken, undefined)).email).toBe('kim@example.com');
    expect((await example.auth.authenticate(secret, undefined)).scope).toBe('read');
    await expect(example.auth.authenticate(other.accessToken, undefined)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const login = example.auth.login({ email: 'kim@example.com', password: NEXT, ...visitor });
    expect((await login).user.userId).toBe(mine.user.userId);
    expect(await example.events('password.changed')).toMatchObject([{ actor: { name: 'kim@example.com' } }]);
  });

  test('takes the current one, of which a thief of the access token has five guesses', async () => {
    for (let guess = 0; guess < 5; guess += 1) {
      await expect(change(`guess number ${guess}`, NEXT)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }

    await expect(change(PASSWORD, NEXT)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await example.events('signIn.failed')).toHaveLength(5);
  });

  test.each([
    ['a weak one', 'password1234'],
    ['the one there is', PASSWORD],
    ['none', ''],
  ])('to %s is refused', async (_what, next) => {
    const { userId } = mine.user;
    const before = await example.store.users.getById(userId);

    await expect(change(PASSWORD, next)).rejects.toMatchObject({ code: 'VALIDATION' });
    expect((await example.store.users.getById(userId))?.passwordHash).toBe(before?.passwordHash);
  });
});
