import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Argon2PasswordHasher } from '../../adapter/argon2/argon2-password-hasher.ts';
import { buildExampleAuth, type ExampleAuth, PASSWORD, visitor } from '../../adapter/jwt/example-auth.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Principal } from './principal.ts';
import type { Login } from './sign-ins.ts';

const NEXT = 'seven herons in the fog';

/** The real thing, in which something happens while it works. */
class InterruptedHasher extends Argon2PasswordHasher {
  meanwhile: () => Promise<unknown> = async () => undefined;

  override async hash(password: string): Promise<string> {
    const hash = await super.hash(password);
    await this.meanwhile();
    return hash;
  }
}

let database: TemporaryDatabase<Database>;
let hasher: InterruptedHasher;
let admin: Principal;
let example: ExampleAuth;
let mine: Login;

beforeEach(async () => {
  database = await migratedDatabase();
  hasher = new InterruptedHasher({
    cost: { memoryKiB: 64, passes: 1, parallelism: 1 },
    crowd: { inside: 4, waiting: 100 },
  });
  example = await buildExampleAuth(database.db, hasher);
  admin = await example.add('root@example.com', 'admin');
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

  test.each<[string, string, (login: Login) => Promise<unknown>]>([
    ['A15: the sign-in is ended', 'UNAUTHENTICATED', ({ user }) => example.auth.logout(user)],
    [
      'A15: the user is disabled',
      'UNAUTHENTICATED',
      ({ user }) => example.users.update(admin, user.userId, undefined, { disabled: true }),
    ],
    ['A15: the user is removed', 'UNAUTHENTICATED', ({ user }) => example.users.delete(admin, user.userId)],
    [
      'A17: the password is reset',
      'FORBIDDEN',
      ({ user }) => example.store.users.setPasswordHash(user.userId, 'a hash that came in between'),
    ],
  ])('%s in between: then nothing changes', async (_what, code, happen) => {
    const hashOf = async () => (await example.store.users.getById(mine.user.userId))?.passwordHash;
    let between: string | undefined;
    hasher.meanwhile = async () => {
      await happen(mine);
      between = await hashOf();
    };

    await expect(change(PASSWORD, NEXT)).rejects.toMatchObject({ code });

    expect(await hashOf()).toBe(between);
    expect(await example.events('password.changed')).toEqual([]);
  });
});
