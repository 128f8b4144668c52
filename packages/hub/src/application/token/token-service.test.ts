import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ExampleControlPlane, exampleControlPlane } from '../../adapter/sql/example-control-plane.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Principal } from '../auth/principal.ts';
import { TokenService } from './token-service.ts';

let database: TemporaryDatabase<Database>;
let plane: ExampleControlPlane;
let tokens: TokenService;
let admin: Principal;

beforeEach(async () => {
  database = await migratedDatabase();
  plane = exampleControlPlane(database.db);
  const { store, told, now } = plane;
  tokens = new TokenService({ store, revocations: { tokenRevoked: (token) => told.push(`revoked ${token.id}`) }, now });
  admin = await plane.principal('admin');
});

afterEach(() => database[Symbol.asyncDispose]());

async function create(agentName: string, expiresAt?: Date) {
  const { made, agent, secret = '' } = await tokens.create(admin, { agentName, ...(expiresAt && { expiresAt }) });
  return { token: made, agent, secret };
}

function inSeconds(seconds: number): Date {
  return new Date(plane.now().getTime() + seconds * 1_000);
}

describe('agent tokens', () => {
  test('a token speaks for its agent, which is made when it is new', async () => {
    const first = await create('web-01');
    const second = await create('web-01');

    expect(first.secret).toMatch(/^fla_[A-Za-z0-9_-]{43}$/);
    expect(first.secret.startsWith(first.token.prefix)).toBe(true);
    expect(second.secret).not.toBe(first.secret);
    expect(second.agent).toEqual(first.agent);
    expect((await tokens.authenticate(first.secret)).agent).toEqual(first.agent);
  });

  test('the database holds nothing that a session could be opened with', async () => {
    const { secret } = await create('web-01');

    const stored = JSON.stringify([
      await database.db.selectFrom('tokens').selectAll().execute(),
      await database.db.selectFrom('audit_events').selectAll().execute(),
    ]);

    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(secret.slice(10));
  });

  test.each(['', 'web 01', 'web:01', '../web', '-web', 'x'.repeat(64)])(
    'no agent can be named %j',
    async (agentName) => {
      await expect(create(agentName)).rejects.toMatchObject({ code: 'VALIDATION' });
    },
  );

  test('a secret that was never given out opens nothing', async () => {
    await create('web-01');

    await expect(tokens.authenticate(`fla_${'A'.repeat(43)}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(tokens.authenticate('')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a token opens nothing once it has expired', async () => {
    const { secret } = await create('web-01', inSeconds(60));
    await tokens.authenticate(secret);
    plane.later(60);

    await expect(tokens.authenticate(secret)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(
        /expired on 2026-05-04T12:01:00.000Z. Make another with ferry tokens create web-01/,
      ),
    });
  });

  test('a token that would have expired already is not made', async () => {
    await expect(create('web-01', inSeconds(0))).rejects.toMatchObject({ code: 'VALIDATION' });
  });

  test('a revoked token opens nothing, and what it opened is told to close', async () => {
    const { token, secret } = await create('web-01');

    await tokens.revoke(admin, token.id);

    await expect(tokens.authenticate(secret)).rejects.toMatchObject({
      message: expect.stringContaining('was revoked'),
    });
    expect(plane.told).toEqual([`revoked ${token.id}`]);
    await expect(tokens.revoke(admin, 999)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('A73: of tokens that were good it is told which are not any more, and why', async () => {
    const [good, revoked, expired, gone] = [
      await create('web-01'),
      await create('web-02'),
      await create('web-03', inSeconds(60)),
      await create('web-04'),
    ];
    await tokens.revoke(admin, revoked.token.id);
    await plane.agents.delete(admin, gone.agent.id);
    plane.later(60);

    const refusals = await tokens.refusals([good, revoked, expired, gone].map(({ token }) => token.id));

    expect([...refusals].map(([id, { code, message }]) => [id, code, message])).toEqual([
      [revoked.token.id, 'UNAUTHENTICATED', expect.stringContaining('was revoked')],
      [expired.token.id, 'UNAUTHENTICATED', expect.stringContaining('expired')],
      [gone.token.id, 'UNAUTHENTICATED', expect.stringContaining('removed')],
    ]);
  });

  test('a repeated request makes no second token, and does not get to see the secret again', async () => {
    const once = { key: 'a', fingerprint: 'f' };
    const first = await tokens.create(admin, { agentName: 'web-01' }, once);
    const second = await tokens.create(admin, { agentName: 'web-01' }, once);

    expect(second).toMatchObject({ made: first.made, isRepeat: true });
    expect(second.secret).toBeUndefined();
    expect((await tokens.list(admin, {}, { limit: 10 })).items).toEqual([first.made]);
  });

  test('the last use is noted, but not with every connection', async () => {
    const { token, secret } = await create('web-01');
    await tokens.authenticate(secret);
    const first = plane.now();
    plane.later(59);
    await tokens.authenticate(secret);
    expect((await plane.store.tokens.getById(token.id))?.lastUsedAt).toEqual(first);
    plane.later(1);

    await tokens.authenticate(secret);

    expect((await plane.store.tokens.getById(token.id))?.lastUsedAt).toEqual(plane.now());
  });

  test('only administrators make, see and revoke tokens, and each of these changes is on record', async () => {
    const user = await plane.principal('user');
    const { token } = await create('web-01');
    await tokens.revoke(admin, token.id);

    await expect(tokens.create(user, { agentName: 'web-02' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(tokens.list(user, {}, { limit: 10 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(tokens.revoke(user, token.id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const events = (await plane.store.audit.list({ objectKind: 'token' }, { limit: 10 })).items;
    expect(events.map((event) => [event.action, event.actor.name])).toEqual([
      ['token.revoked', admin.email],
      ['token.created', admin.email],
    ]);
  });
});
