import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TemporarySqlite, temporarySqlite } from '../../infrastructure/db/temporary-sqlite.ts';
import type { Database } from '../sql/schema.ts';
import { ADMIN_PASSWORD, buildExampleHub, type ExampleHub } from './example-hub.ts';

let sqlite: TemporarySqlite<Database>;
let hub: ExampleHub;

beforeEach(async () => {
  sqlite = await temporarySqlite();
  hub = await buildExampleHub(sqlite.db);
});

afterEach(async () => {
  await hub.app.close();
  await sqlite[Symbol.asyncDispose]();
});

function login(password: string, remoteAddress = '192.0.2.1') {
  const payload = { email: 'admin@localhost', password };
  return hub.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload, remoteAddress });
}

describe('signing in over REST', () => {
  test('gives an access token, and the token says who one is', async () => {
    const answer = await login(ADMIN_PASSWORD);

    const user = { id: expect.any(Number), email: 'admin@localhost', role: 'admin' };
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ accessToken: expect.any(String), expiresAt: expect.any(String), user });
    const me = await hub.app.inject({
      url: '/api/v1/auth/me',
      headers: { authorization: `Bearer ${answer.json().accessToken}` },
    });
    expect(me.json()).toEqual(answer.json().user);
  });

  test('attempts beyond sixty within a minute from one address are turned away, the first from another is not', async () => {
    for (let attempt = 0; attempt < 60; attempt += 1) expect((await login('x')).statusCode).toBe(401);

    const oneTooMany = await login(ADMIN_PASSWORD);
    const elsewhere = await login(ADMIN_PASSWORD, '192.0.2.2');

    expect(oneTooMany.statusCode).toBe(429);
    expect(oneTooMany.json()).toMatchObject({ code: 'RATE_LIMITED', title: 'Too Many Requests' });
    expect(Number(oneTooMany.headers['retry-after'])).toBeGreaterThan(0);
    expect(elsewhere.statusCode).toBe(200);
  });
});
