import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Database } from '../sql/schema.ts';
import { exchangeRaw, rawRequest } from './example-exchange.ts';
import { buildExampleHub, type ExampleHub } from './example-hub.ts';

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

describe('the REST interface', () => {
  test.each(['', 'Basic YWRtaW46YWRtaW4=', 'Bearer ', 'Bearer nonsense', 'Bearer fla_AAAA', 'Bearer frk_AAAA'])(
    'authorization %j is refused with a problem document',
    async (authorization) => {
      const answer = await hub.app.inject({ url: '/api/v1/runs', headers: { authorization } });

      expect(answer.statusCode).toBe(401);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'www-authenticate': 'Bearer',
      });
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

  test('a path that does not take the method says which it takes', async () => {
    const answer = await hub.app.inject({ method: 'PUT', url: '/api/v1/runs/7' });

    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD');
    expect(answer.json()).toMatchObject({ status: 405, details: { allowed: ['GET', 'HEAD'] } });
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

  test.each([
    '/agents?limit=0',
    '/agents?limit=1001',
    '/agents?limit=1e2',
    '/agents?limit=1&limit=2',
    '/agents?page=2',
    '/agents?q=%00',
    '/agents?cursor=nonsense',
    '/runs?from=yesterday',
    '/runs/0',
    '/runs/1x',
    '/runs/1.5',
    '/runs/99999999999999999999',
  ])('GET %s is not a valid request', async (path) => {
    const user = await hub.signIn('user');

    expect((await user.get(path)).json()).toMatchObject({ status: 400, code: 'VALIDATION' });
  });

  test.each([
    "' OR '1'='1",
    "x'; DROP TABLE users; --",
    '%',
    '_',
    '\\',
    '") UNION SELECT password_hash FROM users --',
    '1; SELECT pg_sleep(10)',
  ])('A61: %j is looked for as it is written, and finds nothing', async (text) => {
    const [admin, user] = [await hub.signIn('admin'), await hub.signIn('user')];
    await admin.post('/agents', { name: 'web-01', description: 'plain' });
    const q = encodeURIComponent(text);

    for (const path of ['/agents', '/jobs', '/runs', '/transfers', '/users']) {
      const answer = await admin.get(`${path}?q=${q}`);
      expect(answer.statusCode, path).toBe(200);
      expect(answer.json().items, path).toEqual([]);
    }
    for (const query of [`sort=${q}`, `limit=${q}`, `cursor=${q}`, `status=${q}`]) {
      expect((await user.get(`/runs?${query}`)).statusCode, query).toBe(400);
    }
    expect((await admin.get(`/agents?label=${q}`)).json()).toEqual({ items: [] });
    expect((await admin.get(`/audit?action=${q}`)).json()).toEqual({ items: [] });
    const inHeader = await admin.post('/agents', { name: 'web-02' }, { 'idempotency-key': text.replaceAll(' ', '+') });
    expect(inHeader.statusCode).toBe(201);
    expect(await hub.store.users.count()).toBe(2);
  });

  test('more headers than 16 KiB are refused with a problem document as well', async () => {
    const answer = await exchangeRaw(hub.app, rawRequest('GET', '/api/v1/health', [`X-Big: ${'x'.repeat(20_000)}`]));

    expect(answer.status).toBe(431);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 431, detail: expect.stringMatching(/16 KiB/) });
  });

  test('a HEAD is answered like the GET, without its body', async () => {
    const user = await hub.signIn('user');
    const headers = { authorization: `Bearer ${user.credential}` };

    const answer = await hub.app.inject({ method: 'HEAD', url: '/api/v1/agents', headers });

    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe('');
    expect((await hub.app.inject({ method: 'HEAD', url: '/api/v1/agents' })).statusCode).toBe(401);
  });
});
