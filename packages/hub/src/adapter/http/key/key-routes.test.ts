import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let user: Caller;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
  user = await hub.signIn('user');
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

function me(credential: string) {
  return hub.app.inject({ url: '/api/v1/auth/me', headers: { authorization: `Bearer ${credential}` } });
}

describe('API keys over REST', () => {
  test('the secret is shown when it is made, opens what its scope says, and nothing after it was revoked', async () => {
    const made = await user.post('/keys', { name: 'backup', scope: 'read' });
    const { secret, ...key } = made.json();
    const asKey = await me(secret);
    const revoked = await user.post(`/keys/${key.id}/revoke`);

    expect(made.statusCode).toBe(201);
    expect(secret).toMatch(/^frk_/);
    expect(key).toEqual({
      id: expect.any(Number),
      userId: user.userId,
      name: 'backup',
      prefix: secret.slice(0, key.prefix.length),
      scope: 'read',
      createdAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
    });
    expect(asKey.json()).toMatchObject({ id: user.userId, scope: 'read' });
    expect(revoked.statusCode).toBe(204);
    expect((await me(secret)).statusCode).toBe(401);
    const [listed] = (await user.get('/keys')).json().items;
    expect(listed).toMatchObject({ id: key.id, revokedAt: expect.any(String), lastUsedAt: expect.any(String) });
    expect(JSON.stringify(listed)).not.toContain(secret);
  });

  test('a repeated request answers the key, and not its secret', async () => {
    const headers = { 'idempotency-key': 'once' };
    const { secret, ...key } = (await user.post('/keys', { name: 'backup', scope: 'run' }, headers)).json();

    const again = await user.post('/keys', { name: 'backup', scope: 'run' }, headers);

    expect(secret).toEqual(expect.any(String));
    expect(again.statusCode).toBe(201);
    expect(again.json()).toEqual(key);
  });

  test('the expiry is a moment ahead, with its offset', async () => {
    const inAWeek = new Date(Date.now() + 7 * 24 * 60 * 60_000).toISOString();

    const made = await user.post('/keys', { name: 'backup', scope: 'read', expiresAt: inAWeek });

    expect(made.json().expiresAt).toBe(inAWeek);
    for (const expiresAt of ['2020-01-01T00:00:00Z', '2099-01-01T00:00:00', 'tomorrow', 5]) {
      expect((await user.post('/keys', { name: 'backup', scope: 'read', expiresAt })).statusCode).toBe(400);
    }
  });
});
