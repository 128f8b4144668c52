import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { exchangeRaw, rawRequest } from '../example-exchange.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let admin: Caller;

beforeAll(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
  admin = await hub.signIn('admin');
});

afterAll(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

function post(payload: string | Buffer, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  const authorization = `Bearer ${admin.credential}`;
  return hub.app.inject({ method: 'POST', url: '/api/v1/agents', payload, headers: { authorization, ...headers } });
}

describe('a body', () => {
  test.each([
    'application/json\ta',
    'application/json;charset=latin1',
    'application/json; charset=utf-8; x=y',
    'application/jsonx',
    'application/problem+json',
    'text/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json, text/plain',
    '',
  ])('A58: of type %j is not read', async (contentType) => {
    const answer = await post('{"name":"confused"}', { 'content-type': contentType });

    expect(answer.statusCode).toBe(415);
    expect(answer.json()).toMatchObject({ code: 'VALIDATION', status: 415 });
  });

  test('A58: with two types, or with none, is not read', async () => {
    const headers = [`Authorization: Bearer ${admin.credential}`];
    const types = ['Content-Type: application/json', 'Content-Type: text/plain'];
    for (const given of [types, types.toReversed(), []]) {
      const request = rawRequest('POST', '/api/v1/agents', [...headers, ...given], '{"name":"confused"}');
      expect((await exchangeRaw(hub.app, request)).status, given.join()).toBe(415);
    }
  });

  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
  ])('of type %j is read', async (contentType) => {
    const answer = await post('{"name":""}', { 'content-type': contentType });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().detail).toMatch(/cannot name an agent/);
  });

  test.each(['gzip', 'br', 'identity'])('A48: with Content-Encoding %s is not read', async (encoding) => {
    const answer = await post('{"name":"x"}', { 'content-type': 'application/json', 'content-encoding': encoding });

    expect(answer.statusCode).toBe(415);
  });

  test.each([
    ['{"__proto__":{"polluted":true}}', '"__proto__"'],
    ['{"constructor":{"prototype":{"polluted":true}}}', '"constructor"'],
    ['{"name":"x","labels":[{"prototype":1}]}', '"prototype"'],
    ['{"\\u005f_proto__":1}', '"__proto__"'],
  ])('A55: %s is refused, and objects stay what they were', async (payload, key) => {
    const answer = await post(payload);

    expect(answer.statusCode).toBe(400);
    expect(answer.json().detail).toContain(key);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('A55: such keys are refused in a query as well', async () => {
    for (const query of ['__proto__=1', 'constructor=1', 'prototype=x&limit=1', '__proto__[a]=1']) {
      expect((await admin.get(`/agents?${query}`)).statusCode, query).toBe(400);
    }
    expect(({} as { a?: string }).a).toBeUndefined();
  });

  test.each([
    ['A54: nested deeper than 16 levels', `${'['.repeat(17)}${']'.repeat(17)}`, /nested more than 16 levels/],
    ['A54: nested as deeply as a body can be', '['.repeat(60_000), /not valid JSON/],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not valid JSON in UTF-8/],
    ['with a NUL', '{"name":"a\\u0000b"}', /U\+0000/],
    ['with half a character', '{"name":"\\ud83d"}', /half of a character/],
    ['that is no JSON', '{"name"', /not valid JSON/],
  ])('%s is refused', async (_what, payload, sentence) => {
    const answer = await post(payload);

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'VALIDATION', detail: expect.stringMatching(sentence) });
  });

  test('of more than 64 KiB is refused', async () => {
    const answer = await post(JSON.stringify({ name: 'x'.repeat(70_000) }));

    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ code: 'TOO_LARGE' });
  });

  test('A21: with fields that only the hub sets is refused, and each of them is named', async () => {
    const { id } = (await admin.post('/agents', { name: 'plain' })).json();
    const extra = {
      id: 1,
      ownerId: 7,
      userId: 7,
      role: 'admin',
      status: 'online',
      hash: 'x',
      version: 9,
      createdAt: 'now',
    };
    const answers = [
      await admin.post('/agents', { name: 'other', ...extra }),
      await admin.patch(`/agents/${id}`, extra),
      await admin.post('/keys', { name: 'k', scope: 'read', ...extra }),
      await admin.post('/tokens', { agent: 'plain', ...extra }),
      await admin.post('/users', { email: 'a@example.com', ...extra, passwordHash: 'x' }),
      await admin.post('/auth/login', { email: 'a@example.com', password: 'x', ...extra }),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(400);
      for (const field of ['ownerId', 'hash', 'version']) expect(answer.json().detail).toContain(`"${field}"`);
    }
    expect((await admin.get(`/agents/${id}`)).json()).toMatchObject({ name: 'plain', status: 'offline' });
  });
});
