import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

describe('agent tokens over REST', () => {
  test('the secret is shown when it is made, and never again', async () => {
    const admin = await hub.signIn('admin');

    const created = await admin.post('/tokens', { agent: 'web-01', expiresAt: '2099-01-01T00:00:00+01:00' });
    const listed = await admin.get('/tokens');

    expect(created.statusCode).toBe(201);
    const { token, ...shown } = created.json();
    expect(token).toMatch(/^fla_[A-Za-z0-9_-]{43}$/);
    expect(shown).toEqual({
      id: expect.any(Number),
      agent: { id: expect.any(Number), name: 'web-01' },
      name: 'web-01',
      prefix: token.slice(0, 10),
      createdAt: expect.any(String),
      expiresAt: '2098-12-31T23:00:00.000Z',
    });
    expect(listed.json()).toEqual({ items: [shown] });
    expect((await hub.services.tokens.authenticate(token)).agent.name).toBe('web-01');
  });

  test('a revoked token is over, and whoever holds its sessions hears of it', async () => {
    const admin = await hub.signIn('admin');
    const { id, token } = (await admin.post('/tokens', { agent: 'web-01' })).json();

    const answer = await admin.post(`/tokens/${id}/revoke`);

    expect(answer.statusCode).toBe(204);
    expect(answer.body).toBe('');
    expect(hub.told).toEqual([`revoked token ${id}`]);
    await expect(hub.services.tokens.authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await admin.get('/tokens')).json().items[0]).toHaveProperty('revokedAt');
  });

  test('they are for administrators', async () => {
    const user = await hub.signIn('user');

    const answers = await Promise.all([
      user.get('/tokens'),
      user.post('/tokens', { agent: 'web-01' }),
      user.post('/tokens/1/revoke'),
    ]);

    expect(answers.map((each) => each.statusCode)).toEqual([403, 403, 403]);
    expect((await user.get('/agents')).json()).toEqual({ items: [] });
  });

  test('a repeated request answers the token, and not its secret', async () => {
    const admin = await hub.signIn('admin');
    const headers = { 'idempotency-key': 'once' };

    const first = await admin.post('/tokens', { agent: 'web-01' }, headers);
    const again = await admin.post('/tokens', { agent: 'web-01' }, headers);

    const { token, ...shown } = first.json();
    expect(token).toMatch(/^fla_/);
    expect(again.json()).toEqual(shown);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  test('those of one agent are listed by its id', async () => {
    const admin = await hub.signIn('admin');
    const web = (await admin.post('/tokens', { agent: 'web-01' })).json();
    await admin.post('/tokens', { agent: 'vault' });

    const { items } = (await admin.get(`/tokens?agent=${web.agent.id}`)).json();

    expect(items.map((each: { id: number }) => each.id)).toEqual([web.id]);
  });
});
