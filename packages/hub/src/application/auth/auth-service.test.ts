import { createSecretKey, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Argon2PasswordHasher } from '../../adapter/argon2/argon2-password-hasher.ts';
import { JwtAccessTokens } from '../../adapter/jwt/jwt-access-tokens.ts';
import { migrateToLatest } from '../../adapter/sql/migrations/migrate.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlUserRepository } from '../../adapter/sql/sql-user-repository.ts';
import { type TemporarySqlite, temporarySqlite } from '../../infrastructure/db/temporary-sqlite.ts';
import { AuthService } from './auth-service.ts';

let sqlite: TemporarySqlite<Database>;
let auth: AuthService;

const now = () => new Date('2026-05-04T12:00:00.000Z');

beforeEach(async () => {
  sqlite = await temporarySqlite();
  await migrateToLatest(sqlite.db);
  auth = new AuthService({
    users: new SqlUserRepository(sqlite.db, now),
    passwords: new Argon2PasswordHasher(),
    accessTokens: new JwtAccessTokens(createSecretKey(randomBytes(32))),
    now,
  });
});

afterEach(() => sqlite[Symbol.asyncDispose]());

describe('the first administrator', () => {
  test('gets a random password when none is given, shown once', async () => {
    const made = await auth.ensureAdministrator({});

    expect(made?.email).toBe('admin@localhost');
    expect(made?.generatedPassword).toMatch(/^[A-Za-z0-9_-]{24}$/);
    expect(await auth.login('admin@localhost', made?.generatedPassword ?? '')).toMatchObject({
      user: { role: 'admin', email: 'admin@localhost' },
    });
    expect(await auth.ensureAdministrator({})).toBeUndefined();
  });

  test('can be given, and what is given is not shown', async () => {
    const made = await auth.ensureAdministrator({ email: 'Ops@example.com', password: 'a long enough one' });

    expect(made).toEqual({ email: 'ops@example.com' });
    expect(await auth.login('ops@EXAMPLE.com', 'a long enough one')).toBeDefined();
  });

  test('is never changed by a later start', async () => {
    await auth.ensureAdministrator({ password: 'a long enough one' });

    await auth.ensureAdministrator({ password: 'another long one' });

    await expect(auth.login('admin@localhost', 'another long one')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each([
    { password: 'elevenchars' },
    { email: 'nobody', password: 'a long enough one' },
    { email: 'two @example.com' },
  ])('is refused as %j', async (given) => {
    await expect(auth.ensureAdministrator(given)).rejects.toMatchObject({ code: 'VALIDATION' });
  });
});

describe('signing in', () => {
  test('fails in the same words for a wrong password and an unknown address', async () => {
    await auth.ensureAdministrator({ password: 'a long enough one' });

    const answers = await Promise.allSettled([
      auth.login('admin@localhost', 'a wrong password'),
      auth.login('nobody@localhost', 'a long enough one'),
    ]);

    expect(answers.map((answer) => answer.status)).toEqual(['rejected', 'rejected']);
    expect(new Set(answers.map((answer) => answer.status === 'rejected' && String(answer.reason))).size).toBe(1);
  });

  test('gives an access token that opens the door until its user is gone', async () => {
    await auth.ensureAdministrator({ password: 'a long enough one' });
    const { accessToken, user, expiresAt } = await auth.login('admin@localhost', 'a long enough one');

    expect(expiresAt).toEqual(new Date('2026-05-05T00:00:00.000Z'));
    expect(await auth.authenticate(accessToken)).toEqual(user);
    await sqlite.db.deleteFrom('users').execute();
    await expect(auth.authenticate(accessToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
