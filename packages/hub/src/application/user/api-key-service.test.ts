import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildExampleAuth, type ExampleAuth } from '../../adapter/jwt/example-auth.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Principal } from '../auth/principal.ts';

const DAY = 24 * 3_600;

let database: TemporaryDatabase<Database>;
let example: ExampleAuth;
let kim: Principal;

beforeEach(async () => {
  database = await migratedDatabase();
  example = await buildExampleAuth(database.db);
  kim = await example.add('kim@example.com');
});

afterEach(() => database[Symbol.asyncDispose]());

const inDays = (days: number) => new Date(example.now().getTime() + days * DAY * 1000);

describe('an API key', () => {
  test('speaks for its user within its scope, for ninety days unless told otherwise', async () => {
    const { made, secret = '' } = await example.keys.create(kim, { name: 'nightly', scope: 'run' });

    expect(made).toMatchObject({ name: 'nightly', scope: 'run', userId: kim.userId, expiresAt: inDays(90) });
    expect(secret.startsWith(made.prefix)).toBe(true);
    expect(await example.auth.authenticate(secret, '192.0.2.9')).toEqual({
      userId: kim.userId,
      email: 'kim@example.com',
      role: 'user',
      scope: 'run',
      credential: { kind: 'apiKey', id: made.id },
      address: '192.0.2.9',
    });
  });

  test('A16: leaves nothing in the database that it could be made from', async () => {
    const { secret = '' } = await example.keys.create(kim, { name: 'nightly', scope: 'run' });

    const stored = JSON.stringify([
      await database.db.selectFrom('api_keys').selectAll().execute(),
      await database.db.selectFrom('audit_events').selectAll().execute(),
    ]);

    expect(stored).not.toContain(secret.slice(10));
  });

  test('expires', async () => {
    const { secret = '' } = await example.keys.create(kim, { name: 'nightly', scope: 'run', expiresAt: inDays(1) });

    example.later(DAY - 1);
    await example.auth.authenticate(secret, undefined);
    example.later(1);

    await expect(example.auth.authenticate(secret, undefined)).rejects.toThrow(
      /^The API key "nightly" \(frk_.{6}…\) expired on 2026-05-05T12:00:00.000Z\. Make another\.$/,
    );
  });

  test.each([-1, 0, 367, Number.NaN])('cannot expire in %d days', async (days) => {
    await expect(
      example.keys.create(kim, { name: 'nightly', scope: 'run', expiresAt: inDays(days) }),
    ).rejects.toMatchObject({ code: 'VALIDATION' });
  });

  test('may live for a year', async () => {
    const { made } = await example.keys.create(kim, { name: 'yearly', scope: 'read', expiresAt: inDays(366) });

    expect(made.expiresAt).toEqual(inDays(366));
  });

  test.each(['', ' ', 'x'.repeat(65), 'two\nlines'])('cannot be named %j', async (name) => {
    await expect(example.keys.create(kim, { name, scope: 'run' })).rejects.toMatchObject({ code: 'VALIDATION' });
  });

  test('is made and revoked by signed-in people only', async () => {
    const key = await example.withKey(kim);
    const keyId = key.credential.kind === 'apiKey' ? key.credential.id : 0;

    await expect(example.keys.create(key, { name: 'more', scope: 'read' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(example.keys.revoke(key, keyId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await example.keys.list(key, { limit: 10 })).items).toHaveLength(1);
  });

  test('is dead at once when it is revoked, and stays revoked since then', async () => {
    const { made, secret = '' } = await example.keys.create(kim, { name: 'nightly', scope: 'run' });

    await example.keys.revoke(kim, made.id);
    example.later(60);
    await example.keys.revoke(kim, made.id);

    await expect(example.auth.authenticate(secret, undefined)).rejects.toThrow(/was revoked on 2026-05-04T12:00:00/);
    expect(await example.events('key.revoked')).toHaveLength(1);
  });

  test('is made once for one Idempotency-Key, and its secret is not shown again', async () => {
    const once = { key: 'k1', fingerprint: 'f1' };
    const first = await example.keys.create(kim, { name: 'nightly', scope: 'run' }, once);
    const second = await example.keys.create(kim, { name: 'nightly', scope: 'run' }, once);

    expect(second).toEqual({ made: first.made, isRepeat: true });
  });

  test('its last use is noted at most once a minute', async () => {
    const { made, secret = '' } = await example.keys.create(kim, { name: 'nightly', scope: 'run' });
    const lastUse = async () => (await example.store.apiKeys.getById(made.id))?.lastUsedAt;
    const start = example.now();

    await example.auth.authenticate(secret, undefined);
    example.later(59);
    await example.auth.authenticate(secret, undefined);
    expect(await lastUse()).toEqual(start);

    example.later(1);
    await example.auth.authenticate(secret, undefined);
    expect(await lastUse()).toEqual(example.now());
  });
});

describe('A20: the keys of others', () => {
  test('are hidden from users; administrators see and revoke them', async () => {
    const admin = await example.add('root@example.com', 'admin');
    const lee = await example.add('lee@example.com');
    const { made } = await example.keys.create(kim, { name: 'nightly', scope: 'run' });

    expect((await example.keys.list(lee, { limit: 10 })).items).toEqual([]);
    await expect(example.keys.revoke(lee, made.id)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `There is no API key ${made.id}.`,
    });
    await expect(example.keys.revoke(lee, 99)).rejects.toMatchObject({ message: 'There is no API key 99.' });
    expect((await example.keys.list(admin, { limit: 10 })).items).toHaveLength(1);
    await example.keys.revoke(admin, made.id);
    expect(await example.events('key.revoked')).toMatchObject([{ actor: { name: 'root@example.com' } }]);
  });
});
