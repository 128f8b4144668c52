import type { HTTPMethods } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { exchangeRaw, rawRequest } from '../example-exchange.ts';
import { buildExampleHub, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;

beforeAll(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
});

afterAll(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

const everywhere = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': expect.stringContaining('camera=()'),
  'content-security-policy': expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/),
  'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
};

describe('every answer', () => {
  test('A70: tells browsers to do nothing with it that it is not for', async () => {
    await hub.app.ready();
    expect(hub.routes.length).toBeGreaterThan(60);

    for (const { method, url } of hub.routes) {
      const path = url.replaceAll(/:\w+/g, '1').replace('*', 'swagger-ui.css');
      const answer = await hub.app.inject({ method: method as HTTPMethods, url: path });
      expect(answer.headers, `${method} ${url}`).toMatchObject(everywhere);
      if (!url.includes('/docs')) expect(answer.headers['cache-control'], url).toBe('no-store');
    }
  });

  test('A70: also one to what leads nowhere, or cannot even be read', async () => {
    const requests = [
      rawRequest('GET', '/nothing'),
      rawRequest('DELETE', '/api/v1/health'),
      rawRequest('GET', '/%zz'),
      rawRequest('GET', `/api/v1/runs/${'1'.repeat(200)}`),
      rawRequest('GET', '/api/v1/../health'),
    ];
    for (const request of requests) {
      const answer = await exchangeRaw(hub.app, request);
      expect(answer.status, request).toBeGreaterThanOrEqual(400);
      expect(answer.headers, request).toMatchObject({ ...everywhere, 'cache-control': 'no-store' });
    }
    const broken = await exchangeRaw(hub.app, 'nonsense\r\n\r\n');
    expect(broken).toMatchObject({ status: 400, headers: { 'x-content-type-options': 'nosniff' } });
    const { 'x-request-id': _none, ...withoutId } = everywhere;
    expect(broken.headers).toMatchObject(withoutId);
    expect(JSON.parse(broken.body)).toMatchObject({ code: 'VALIDATION', status: 400 });
  });

  test('A69: says neither what it is made with nor where that lies', async () => {
    const user = await hub.signIn('user');
    await database.db.schema.dropTable('run_issues').execute();
    await database.db.schema.dropTable('tree_entries').execute();
    await database.db.schema.dropTable('relay_claims').execute();
    await database.db.schema.dropTable('transfers').execute();

    const answers = [await user.get('/transfers'), await user.get('/nothing'), await user.get('/health')];

    expect(answers.map((each) => each.statusCode)).toEqual([500, 404, 200]);
    for (const { headers, body } of answers) {
      expect(headers).not.toHaveProperty('server');
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(body).not.toMatch(/sqlite|\.ts|node_modules|stack|fastify/i);
    }
    const { requestId, ...problem } = answers[0]?.json() ?? {};
    expect(requestId).toBe(answers[0]?.headers['x-request-id']);
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'INTERNAL',
      detail: 'The hub failed to handle the request. Its log says why, under this request id.',
      details: {},
    });
  });
});
