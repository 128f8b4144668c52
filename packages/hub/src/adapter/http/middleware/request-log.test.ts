import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { ADMIN_PASSWORD, buildExampleHub, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let log: string;

beforeEach(async () => {
  database = await migratedDatabase();
  log = '';
  const stream = new Writable({
    write(line, _encoding, done) {
      log += line;
      done();
    },
  });
  hub = buildExampleHub(database.db, { logger: pino({ level: 'debug' }, stream) });
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

function lines(): readonly Record<string, unknown>[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('the log', () => {
  test('has one line for each request: a change at info, a read at debug, both by the pattern of the route', async () => {
    const admin = await hub.signIn('admin');
    const made = await admin.post('/agents', { name: 'web-01' });
    const read = await admin.get(`/agents/${made.json().id}`);

    expect(lines().filter((line) => line.msg === 'request')).toEqual([
      expect.objectContaining({
        level: 30,
        method: 'POST',
        route: '/api/v1/agents',
        status: 201,
        ms: expect.any(Number),
        requestId: made.headers['x-request-id'],
        userId: admin.userId,
      }),
      expect.objectContaining({
        level: 20,
        method: 'GET',
        route: '/api/v1/agents/:id',
        requestId: read.headers['x-request-id'],
      }),
    ]);
  });

  test('A67: what a client sends forges no line, moves no cursor and fills no disk', async () => {
    const admin = await hub.signIn('admin');
    const evil = `x\n{"level":30,"msg":"forged"}\r\u001b[2J\u009b31m\u202e${'y'.repeat(20_000)}`;
    await admin.post('/agents', { name: evil });
    await admin.get(`/agents?q=${encodeURIComponent(evil.slice(0, 150))}`);
    await hub.app.inject({
      url: `/nothing${'z'.repeat(9_000)}`,
      headers: { 'user-agent': evil.replaceAll(/[^ -~]/g, '') },
    });
    await database.db.schema.dropTable('agent_grants').execute();
    await admin.get('/agents?label=%1B%5B2J');

    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that may not be there
    expect(log.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    for (const line of lines()) {
      expect(line.msg).not.toBe('forged');
      for (const value of textsIn(line)) expect(value.length).toBeLessThanOrEqual(4_096);
    }
  });

  test('A64: a credential in the query signs nothing and reaches no line of the log, nor does one in a header or a body', async () => {
    const admin = await hub.signIn('admin');
    const inQuery = await hub.app.inject({
      url: `/api/v1/agents?access_token=${admin.credential}&token=${admin.credential}`,
    });
    await admin.get('/agents');
    await hub.app.inject({
      method: 'POST',
      url: '/api/v1/auth/login',
      payload: { email: 'admin@localhost', password: ADMIN_PASSWORD },
    });
    const { token } = (await admin.post('/tokens', { agent: 'web-01' })).json();

    expect(inQuery.statusCode).toBe(401);
    expect(token).toMatch(/^fla_/);
    for (const secret of [admin.credential, ADMIN_PASSWORD, token]) expect(log).not.toContain(secret);
  });
});

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
