import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;

beforeEach(async () => {
  database = await migratedDatabase();
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

function ask(method: 'GET' | 'OPTIONS', origin: string) {
  const preflight = { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' };
  return hub.app.inject({ method, url: '/api/v1/health', headers: { origin, ...(method === 'OPTIONS' && preflight) } });
}

describe('pages of foreign origins', () => {
  test('are told nothing when no origin is listed', async () => {
    hub = buildExampleHub(database.db);

    for (const method of ['GET', 'OPTIONS'] as const) {
      const { headers } = await ask(method, 'https://evil.test');
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test('may read when they are listed, and no other, and never with cookies', async () => {
    hub = buildExampleHub(database.db, { options: { corsOrigins: ['https://ops.example.com'] } });

    const listed = await ask('GET', 'https://ops.example.com');
    const preflight = await ask('OPTIONS', 'https://ops.example.com');

    expect(listed.headers['access-control-allow-origin']).toBe('https://ops.example.com');
    expect(listed.headers.vary).toMatch(/origin/i);
    expect(listed.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-methods']).toContain('PATCH');
    const others = ['https://evil.test', 'http://ops.example.com', 'https://ops.example.com.evil.test', 'null'];
    for (const origin of others) {
      expect((await ask('GET', origin)).headers, origin).not.toHaveProperty('access-control-allow-origin');
    }
  });
});
