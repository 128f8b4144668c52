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
  await hub.setUp();
});

afterAll(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

const spellings = [
  '/api/v1/auth/setup/',
  '//api/v1/auth/setup',
  '/api//v1/auth/setup',
  '/api/v1//auth/setup',
  '/api/v1/auth//setup',
  '/api/v1/auth/setup//',
  '/api/v1/auth/./setup',
  '/api/v1/./auth/setup',
  '/./api/v1/auth/setup',
  '/api/v1/auth/../auth/setup',
  '/api/v1/health/../auth/setup',
  '/api/v1/health/..;/auth/setup',
  '/api/v1/docs/../auth/setup',
  '/api/v1/docs/static/../../auth/setup',
  '/../api/v1/auth/setup',
  '/api/v1/auth/setup/..',
  '/api/v1/auth/setup/.',
  '/api/v1/auth/setup/..;/',
  '/api/v1/auth/setup;',
  '/api/v1/auth/setup;a=b',
  '/api/v1/auth;/setup',
  '/api;x/v1/auth/setup',
  '/api/v1/auth/%73etup',
  '/api/v1/%61uth/setup',
  '/%61pi/v1/auth/setup',
  '/api/v1/auth%2fsetup',
  '/api/v1/auth%2Fsetup',
  '/api/v1/auth%252fsetup',
  '/api/v1/auth%5csetup',
  '/api/v1/auth\\setup',
  '/api/v1\\auth/setup',
  '/api/v1/health/%2e%2e/auth/setup',
  '/api/v1/health/%2E%2E/auth/setup',
  '/api/v1/health/.%2e/auth/setup',
  '/api/v1/health/%252e%252e/auth/setup',
  '/api/v1/auth/setup%00',
  '/api/v1/auth/setup%20',
  '/api/v1/auth/setup%09',
  '/api/v1/auth/setup%0a',
  '/api/v1/auth/setup#',
  '/api/v1/auth/setup#x',
  '/api/v1/auth/setup&a=b',
  '/API/v1/auth/setup',
  '/api/V1/auth/setup',
  '/api/v1/Auth/setup',
  '/api/v1/auth/SETUP',
  '/api/v1/auth/setup.json',
  '/api/v1/auth/setup.',
  '/api/v1/auth/ſetup',
  '/api/v1/auth/%c5%bfetup',
  '/api/v1/auth/%',
  '/api/v1/auth/%zz',
  '/api/v1/auth/\xff',
  'http://hub.test/api/v1/auth/setup',
  'http://other.test//api/v1/auth/setup',
  'api/v1/auth/setup',
  '*',
];

describe('a path that could be read in more than one way', () => {
  test.each(spellings)('A1: %j does not lead to the first-run setup', async (path) => {
    const body = '{"code":"AAAA-AAAA-AAAA","email":"e@example.com","password":"correct horse battery"}';
    const answer = await exchangeRaw(hub.app, rawRequest('POST', path, ['Content-Type: application/json'], body));

    expect([400, 404]).toContain(answer.status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ status: answer.status, detail: expect.any(String) });
  });

  test('A1: written plainly it leads there, and there is nothing to set up any more', async () => {
    const { statusCode } = await hub.app.inject({
      method: 'POST',
      url: '/api/v1/auth/setup',
      payload: { code: 'AAAA-AAAA-AAAA', email: 'e@example.com', password: 'correct horse battery' },
    });

    expect([401, 404, 409]).toContain(statusCode);
    expect((await hub.app.inject({ url: '/api/v1/auth/setup' })).json()).toEqual({ needed: false });
  });

  test('no crooked path lets a stranger past the sign-in', async () => {
    const targets = ['/api/v1/health/../users', '/api/v1/health/..;/users', '/api/v1/docs/static/..%2f..%2f..%2fusers'];
    for (const path of targets) {
      const { status } = await exchangeRaw(hub.app, rawRequest('GET', path));
      expect([400, 404], path).toContain(status);
    }
  });

  test('A56: what two readers could take for different requests is refused before anything is read', async () => {
    const chunked = 'Transfer-Encoding: chunked';
    const json = 'Content-Type: application/json';
    const bodies = [
      rawRequest('POST', '/api/v1/auth/login', [json, chunked], '0\r\n\r\n'),
      rawRequest('POST', '/api/v1/auth/login', [json, 'Content-Length: 3'], '{}'),
      rawRequest('GET', '/api/v1/health', ['Host: second.test', 'Content-Length: +1']),
      rawRequest('GET', '/api/v1/health').replace('Host: hub.test\r\n', ''),
      rawRequest('GET', '/api/v1/health', [' folded: header']),
    ];
    for (const request of bodies) expect((await exchangeRaw(hub.app, request)).status, request).toBe(400);
  });
});
