import type { LightMyRequestResponse } from 'fastify';
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

const COOKIE = '__Host-ferry-refresh';
/** What a browser sends for a page of the hub itself. */
const ownPage: Headers = { 'sec-fetch-site': 'same-origin', 'x-ferryline': '1' };

function post(path: string, payload: object = {}, headers: Headers = {}, remoteAddress = '192.0.2.1') {
  return hub.app.inject({ method: 'POST', url: `/api/v1/auth${path}`, payload, headers, remoteAddress });
}

function login(given: object = {}, headers: Headers = {}) {
  return post('/login', { email: ADMIN_EMAIL, password: ADMIN_PASSWORD, ...given }, headers);
}

function me(accessToken: string) {
  return hub.app.inject({ url: '/api/v1/auth/me', headers: { authorization: `Bearer ${accessToken}` } });
}

function cookieOf(answer: LightMyRequestResponse) {
  return answer.cookies.find((each) => each.name === COOKIE);
}

async function cookieHeader(): Promise<Headers> {
  return { cookie: `${COOKIE}=${cookieOf(await login({ transport: 'cookie' }, ownPage))?.value}` };
}

describe('the refresh cookie', () => {
  test('goes to the pages of the hub, out of reach of scripts, and its token into no answer', async () => {
    const answer = await login({ transport: 'cookie' }, ownPage);

    expect(answer.json()).not.toHaveProperty('refreshToken');
    expect(cookieOf(answer)).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
    expect(cookieOf(answer)).not.toHaveProperty('domain');
  });

  test('without HTTPS it does without the prefix that browsers would refuse', async () => {
    await hub.app.close();
    hub = buildExampleHub(database.db, { options: { secureCookies: false } });

    const [cookie] = (await login({ transport: 'cookie' }, ownPage)).cookies;

    expect(cookie).toMatchObject({ name: 'ferry-refresh', httpOnly: true, sameSite: 'Strict' });
    expect(cookie).not.toHaveProperty('secure');
  });

  test('refreshes, changes with it, and ends with signing out', async () => {
    const cookie = await cookieHeader();

    const refreshed = await post('/refresh', {}, { ...ownPage, ...cookie });
    const next = { cookie: `${COOKIE}=${cookieOf(refreshed)?.value}` };
    const out = await post('/logout', {}, { ...ownPage, ...next });

    expect(refreshed.statusCode).toBe(200);
    expect(next.cookie).not.toBe(cookie.cookie);
    expect(out.statusCode).toBe(204);
    expect(cookieOf(out)?.value).toBe('');
    expect((await me(refreshed.json().accessToken)).statusCode).toBe(401);
    const after = await post('/refresh', {}, { ...ownPage, ...next });
    expect(after.statusCode).toBe(401);
    expect(cookieOf(after)?.value).toBe('');
  });

  const foreign: [string, Headers][] = [
    ['a form of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
    [
      'a form of a sibling host',
      { 'sec-fetch-site': 'same-site', origin: 'https://other.hub.test', 'x-ferryline': '1' },
    ],
    ['another site that found out about the header', { 'sec-fetch-site': 'cross-site', 'x-ferryline': '1' }],
    ['another site that an old browser names', { origin: 'https://evil.test', 'x-ferryline': '1' }],
    ['a page without an origin', { origin: 'null', 'x-ferryline': '1' }],
    ['whoever says nothing of where they are', { 'x-ferryline': '1' }],
    ['a typed address', { 'sec-fetch-site': 'none', 'x-ferryline': '1' }],
    ['a page of the hub without the header', { 'sec-fetch-site': 'same-origin' }],
    ['an origin that begins like ours', { origin: 'https://localhost.evil.test', 'x-ferryline': '1' }],
  ];

  test.each(foreign)('A62: %s neither refreshes nor signs out nor sets a cookie', async (_who, headers) => {
    const cookie = await cookieHeader();

    const answers = [
      await post('/refresh', {}, { ...headers, ...cookie }),
      await post('/logout', {}, { ...headers, ...cookie }),
      await login({ transport: 'cookie' }, headers),
    ];

    for (const answer of answers) {
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'FORBIDDEN' });
      expect(answer.cookies).toEqual([]);
    }
    expect((await post('/refresh', {}, { ...ownPage, ...cookie })).statusCode).toBe(200);
  });

  test('A62: an old browser proves by its origin that the page is ours', async () => {
    const headers = { host: 'hub.test', origin: 'https://hub.test', 'x-ferryline': '1', ...(await cookieHeader()) };

    expect((await post('/refresh', {}, headers)).statusCode).toBe(200);
  });

  test('A62: the cookie signs nothing but refreshing and signing out', async () => {
    const headers = { ...ownPage, ...(await cookieHeader()) };

    const answers = await Promise.all([
      hub.app.inject({ url: '/api/v1/auth/me', headers }),
      hub.app.inject({ url: '/api/v1/agents', headers }),
      hub.app.inject({ method: 'POST', url: '/api/v1/tokens', headers, payload: { agent: 'web-01' } }),
      post('/password', { current: ADMIN_PASSWORD, next: 'another horse battery' }, headers),
    ]);

    expect(answers.map((each) => each.statusCode)).toEqual([401, 401, 401, 401]);
  });
});
