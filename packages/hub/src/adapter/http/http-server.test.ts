import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TemporarySqlite, temporarySqlite } from '../../infrastructure/db/temporary-sqlite.ts';
import type { Database } from '../sql/schema.ts';
import { buildExampleHub, type ExampleHub } from './example-hub.ts';

let sqlite: TemporarySqlite<Database>;
let hub: ExampleHub;
let log: string;

beforeEach(async () => {
  sqlite = await temporarySqlite();
  log = '';
  const stream = new Writable({
    write(line, _encoding, done) {
      log += line;
      done();
    },
  });
  hub = await buildExampleHub(sqlite.db, pino(stream));
});

afterEach(async () => {
  await hub.app.close();
  await sqlite[Symbol.asyncDispose]();
});

describe('the REST interface', () => {
  test('nothing but signing in and health is open to strangers', async () => {
    const routes: [string, string][] = [];
    hub.app.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push([each, url]);
    });
    await hub.app.ready();

    const open: string[] = [];
    for (const [method, url] of routes) {
      const answer = await hub.app.inject({ method: method as 'GET', url: url.replace(':id', '1') });
      if (answer.statusCode !== 401) open.push(`${method} ${url}`);
    }

    expect(routes.length).toBeGreaterThan(15);
    expect(open.filter((route) => route.startsWith('GET') || route.startsWith('POST')).toSorted()).toEqual([
      'GET /api/v1/health',
      'GET /api/v1/health/live',
      'GET /api/v1/health/ready',
      'POST /api/v1/auth/login',
    ]);
  });

  test.each(['', 'Basic YWRtaW46YWRtaW4=', 'Bearer ', 'Bearer nonsense', 'Bearer fla_AAAA'])(
    'authorization %j is refused with a problem document',
    async (authorization) => {
      const answer = await hub.app.inject({ url: '/api/v1/runs', headers: { authorization } });

      expect(answer.statusCode).toBe(401);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.json()).toEqual({
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        code: 'UNAUTHENTICATED',
        detail: expect.any(String),
        requestId: answer.headers['x-request-id'],
        details: {},
      });
    },
  );

  test('a path that does not exist says so, without what was asked of it', async () => {
    const answer = await hub.app.inject({ method: 'PUT', url: '/api/v1/nothing?token=secret' });

    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'NOT_FOUND', detail: 'There is no PUT /api/v1/nothing here.' });
  });

  test('every field that is wrong is listed', async () => {
    const user = await hub.signIn('user');

    const answer = await user.post('/runs', {
      source: { agent: 'web-01', path: 7 },
      destination: { agent: 'vault', path: '/in', host: 'x' },
      options: { compression: 'zip' },
      when: 'now',
    });

    expect(answer.statusCode).toBe(400);
    const { code, detail, details } = answer.json();
    expect(code).toBe('VALIDATION');
    expect(details.fields.map((each: { field: string }) => each.field)).toEqual([
      'source.path',
      'destination',
      'options.compression',
      'body',
    ]);
    expect(detail).toMatch(/^The request is not valid\. source\.path: .*"host".*"when"/);
  });

  test.each(['/agents?limit=0', '/agents?limit=1001', '/agents?limit=1e2', '/agents?page=2', '/runs/0', '/runs/1x'])(
    'GET %s is not a valid request',
    async (path) => {
      const user = await hub.signIn('user');

      expect((await user.get(path)).json()).toMatchObject({ status: 400, code: 'VALIDATION' });
    },
  );

  test.each([
    ['more than 64 KiB', 'application/json', `{"email":"${'x'.repeat(70_000)}"}`, 413, 'TOO_LARGE'],
    ['no JSON', 'application/json', '{"email"', 400, 'VALIDATION'],
    ['another type', 'text/xml', '<login/>', 415, 'VALIDATION'],
    ['a poisoned prototype', 'application/json', '{"__proto__":{"role":"admin"}}', 400, 'VALIDATION'],
  ])('a body with %s is refused', async (_what, contentType, payload, status, code) => {
    const headers = { 'content-type': contentType };

    const answer = await hub.app.inject({ method: 'POST', url: '/api/v1/auth/login', headers, payload });

    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ status, code });
  });

  test('a defect shows nothing of the inside, but the request id under which the log has it', async () => {
    const user = await hub.signIn('user');
    await sqlite.db.schema.dropTable('run_issues').execute();
    await sqlite.db.schema.dropTable('tree_entries').execute();
    await sqlite.db.schema.dropTable('transfers').execute();

    const answer = await user.get('/transfers');

    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'INTERNAL', title: 'Internal Server Error', details: {} });
    expect(answer.body).not.toMatch(/transfers|sqlite|table|\.ts/i);
    expect(log).toContain('no such table: transfers');
    expect(log).toContain(answer.json().requestId);
  });

  test('answers are not cached, and tell browsers to do nothing with them', async () => {
    const { headers } = await hub.app.inject({ url: '/api/v1/health' });

    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    });
  });
});

describe('health', () => {
  test('is told to anybody, with the version', async () => {
    for (const path of ['/health', '/health/live', '/health/ready']) {
      const answer = await hub.app.inject({ url: `/api/v1${path}` });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({ status: 'ok', version: '0.1.0' });
    }
  });

  test('a hub without its database is alive, but not ready', async () => {
    await sqlite.db.destroy();

    const [live, ready] = await Promise.all([
      hub.app.inject({ url: '/api/v1/health/live' }),
      hub.app.inject({ url: '/api/v1/health/ready' }),
    ]);

    expect(live.statusCode).toBe(200);
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ status: 'unavailable', version: '0.1.0' });
  });
});
