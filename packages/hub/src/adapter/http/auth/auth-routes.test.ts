import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { ADMIN_EMAIL, ADMIN_PASSWORD, buildExampleHub, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
  await hub.setUp();
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

type Headers = Record<string, string>;

function post(path: string, payload: object = {}, headers: Headers = {}, remoteAddress = '192.0.2.1') {
  return hub.app.inject({ method: 'POST', url: `/api/v1/auth${path}`, payload, headers, remoteAddress });
}

function login(given: object = {}, headers: Headers = {}) {
  return post('/login', { email: ADMIN_EMAIL, password: ADMIN_PASSWORD, ...given }, headers);
}

function me(accessToken: string) {
  return hub.app.inject({ url: '/api/v1/auth/me', headers: { authorization: `Bearer ${accessToken}` } });
}

describe('signing in over REST', () => {
  test('gives an access token, and the token says who one is', async () => {
    const answer = await login();

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      accessToken: expect.any(String),
      expiresAt: expect.stringMatching(/Z$/),
      refreshToken: expect.stringMatching(/^frr_/),
      refreshExpiresAt: expect.stringMatching(/Z$/),
      user: { id: expect.any(Number), email: ADMIN_EMAIL, role: 'admin' },
    });
    expect(answer.cookies).toEqual([]);
    expect((await me(answer.json().accessToken)).json()).toEqual({ ...answer.json().user, scope: 'full' });
  });

  test('A7: who is unknown, invited or disabled is refused as a wrong password is, to the byte', async () => {
    const { accessToken } = (await login()).json();
    const headers = { authorization: `Bearer ${accessToken}` };
    const users = { method: 'POST', url: '/api/v1/users', headers } as const;
    await hub.app.inject({ ...users, payload: { email: 'invited@example.com', role: 'user' } });
    const password = 'nineteen owls at dusk';
    const made = await hub.app.inject({ ...users, payload: { email: 'gone@example.com', role: 'user', password } });
    await hub.app.inject({
      method: 'PATCH',
      url: `/api/v1/users/${made.json().id}`,
      headers,
      payload: { disabled: true },
    });

    const answers = [
      await login({ password: 'not the password' }),
      await login({ email: 'nobody@example.com' }),
      await login({ email: 'invited@example.com' }),
      await login({ email: 'gone@example.com', password }),
    ];

    // The moment, and what is counted by address, are of the request and not of the user.
    const told = answers.map(({ statusCode, body, headers: all }) => {
      const headers = Object.entries(all).filter(([name]) => !/^(date|x-ratelimit-.*)$/.test(name));
      return JSON.stringify([statusCode, headers, body]).replaceAll(String(all['x-request-id']), '');
    });
    expect(answers[0]?.statusCode).toBe(401);
    expect(new Set(told).size).toBe(1);
  });

  test('the refresh token gives a new pair, once', async () => {
    const { refreshToken } = (await login()).json();

    const refreshed = await post('/refresh', { refreshToken });
    const again = await post('/refresh', { refreshToken });

    expect(refreshed.statusCode).toBe(200);
    expect(refreshed.json().refreshToken).not.toBe(refreshToken);
    expect(again.statusCode).toBe(401);
    expect((await me(refreshed.json().accessToken)).statusCode).toBe(401);
  });

  test('signing out ends the access token and the refresh token', async () => {
    const { accessToken, refreshToken } = (await login()).json();

    const answer = await post('/logout', {}, { authorization: `Bearer ${accessToken}` });

    expect(answer.statusCode).toBe(204);
    expect((await me(accessToken)).statusCode).toBe(401);
    expect((await post('/refresh', { refreshToken })).statusCode).toBe(401);
  });

  test('a list shows where one is signed in, and ends it from afar', async () => {
    const first = (await login()).json();
    const second = (await login({}, { 'user-agent': 'second browser' })).json();
    const authorization = `Bearer ${first.accessToken}`;

    const { items } = (await hub.app.inject({ url: '/api/v1/auth/sign-ins', headers: { authorization } })).json();
    const other = items.find((each: { client: string }) => each.client === 'second browser');
    const ended = await hub.app.inject({
      method: 'DELETE',
      url: `/api/v1/auth/sign-ins/${other.id}`,
      headers: { authorization },
    });

    expect(items.map((each: { current: boolean }) => each.current)).toEqual([false, true]);
    expect(other).toMatchObject({ address: '192.0.2.1', expiresAt: expect.any(String), endsAt: expect.any(String) });
    expect(ended.statusCode).toBe(204);
    expect((await me(second.accessToken)).statusCode).toBe(401);
  });

  test('attempts beyond the limit from one address are turned away, and told when to come back', async () => {
    await hub.app.close();
    hub = buildExampleHub(database.db, { options: { signInsPerMinute: 3 } });
    const code = { code: 'nonsense', password: 'correct horse battery' };
    for (let attempt = 0; attempt < 3; attempt += 1) await post('/register', code);

    const oneTooMany = await post('/register', code);
    const elsewhere = await post('/register', code, {}, '192.0.2.2');

    expect(oneTooMany.statusCode).toBe(429);
    expect(oneTooMany.json()).toMatchObject({ code: 'RATE_LIMITED', title: 'Too Many Requests' });
    expect(Number(oneTooMany.headers['retry-after'])).toBeGreaterThan(0);
    expect(elsewhere.statusCode).not.toBe(429);
  });

  test('one user may ask so often and no more, wherever from, and another still may', async () => {
    await hub.app.close();
    hub = buildExampleHub(database.db, { options: { requestsPerMinute: 3 } });
    const [one, other] = [await hub.signIn('user'), await hub.signIn('user')];
    for (let asked = 0; asked < 3; asked += 1) expect((await one.get('/agents')).statusCode).toBe(200);

    const oneTooMany = await one.get('/runs');

    expect(oneTooMany.statusCode).toBe(429);
    expect(oneTooMany.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect(Number(oneTooMany.headers['retry-after'])).toBeGreaterThan(0);
    expect((await other.get('/runs')).statusCode).toBe(200);
  });
});

describe('the first administrator', () => {
  test('is made with the code that the hub shows, is signed in, and is the only one made so', async () => {
    await using fresh = await migratedDatabase<Database>();
    const other = buildExampleHub(fresh.db);
    const needed = await other.app.inject({ url: '/api/v1/auth/setup' });
    const offered = await other.services.auth.offerSetupCode();
    const payload = { code: offered?.code, email: 'first@example.com', password: ADMIN_PASSWORD };
    const setUp = () => other.app.inject({ method: 'POST', url: '/api/v1/auth/setup', payload });

    const answers = await Promise.all([setUp(), setUp()]);
    const after = await other.app.inject({ url: '/api/v1/auth/setup' });

    expect(needed.json()).toEqual({ needed: true });
    expect(answers.map((each) => each.statusCode).toSorted()[0]).toBe(200);
    expect(answers.filter((each) => each.statusCode === 200)).toHaveLength(1);
    const made = answers.find((each) => each.statusCode === 200);
    expect(made?.json().user).toMatchObject({ email: 'first@example.com', role: 'admin' });
    expect(await other.store.users.count()).toBe(1);
    expect(after.json()).toEqual({ needed: false });
    await other.app.close();
  });
});

describe('an invitation', () => {
  test('lets a user choose their password, once', async () => {
    const admin = await hub.signIn('admin');
    const { invitation } = (await admin.post('/users', { email: 'kim@example.com', role: 'user' })).json();
    const answer = { code: invitation.code, password: 'a password of their own' };

    const first = await post('/register', answer);
    const second = await post('/register', answer);

    expect(first.json().user).toMatchObject({ email: 'kim@example.com', role: 'user' });
    expect(second.statusCode).toBeGreaterThanOrEqual(400);
    expect((await login({ email: 'kim@example.com', password: answer.password })).statusCode).toBe(200);
  });
});
