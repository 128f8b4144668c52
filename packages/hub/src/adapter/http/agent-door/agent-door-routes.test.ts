import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type ExampleHub } from '../example-hub.ts';

// What the requests of an agent meet on their way; the sessions behind them have tests of their own (test/protocol/polling*.test.ts).

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let token: string;
let lines: { readonly level: number; readonly route?: string }[];

beforeEach(async () => {
  database = await migratedDatabase();
  const log = new PassThrough().on('data', (line: Buffer) => lines.push(JSON.parse(line.toString())));
  lines = [];
  hub = buildExampleHub(database.db, { logger: pino({ level: 'debug' }, log) });
  const admin = await hub.signIn('admin');
  ({ token } = (await admin.post('/tokens', { agent: 'web-01' })).json());
});
afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

describe("the agents' door", () => {
  test('is no part of what is described for people', async () => {
    const { paths } = (await hub.app.inject({ url: '/api/v1/openapi.json' })).json();

    expect(Object.keys(paths).filter((path) => path.includes('agent/'))).toEqual([]);
    expect(paths).toHaveProperty(['/api/v1/agents']);
  });

  test('does not fill the log: what agents post all the time is no news', async () => {
    await ask('POST', '/api/agent/lane?session=web-01&seq=1');

    expect(lines.filter(({ route }) => route === '/api/agent/lane')).toMatchObject([{ level: 20 }]);
  });

  test.each([
    'session=web-01',
    'session=web-01&after=-1',
    'session=web-01&after=1e2',
    'session=web-01&after=1&after=2',
    'session=web-01&after=9999999999999999',
    'session=web-01&after=0&more=1',
  ])('does not read %s otherwise than it is meant', async (query) => {
    expect((await ask('GET', `/api/agent/poll?${query}`)).json()).toMatchObject({ status: 400, code: 'VALIDATION' });
  });

  test('has no HEAD: to ask for an answer is to take it', async () => {
    expect((await ask('HEAD', '/api/agent/poll?session=web-01&after=0')).statusCode).toBe(405);
  });
});

function ask(method: 'GET' | 'HEAD' | 'POST', url: string) {
  return hub.app.inject({ method, url, headers: { authorization: `Bearer ${token}` } });
}
