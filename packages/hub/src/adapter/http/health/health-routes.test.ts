import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type ExampleHub } from '../example-hub.ts';

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

describe('health', () => {
  test('is told to anybody, with the version', async () => {
    for (const path of ['/health', '/health/live', '/health/ready']) {
      const answer = await hub.app.inject({ url: `/api/v1${path}` });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({ status: 'ok', version: '0.1.0' });
    }
  });

  test('a hub without its database is alive, but not ready', async () => {
    const before = await hub.app.inject({ url: '/api/v1/health/ready' });
    await database.db.destroy();

    const [live, ready] = await Promise.all([
      hub.app.inject({ url: '/api/v1/health/live' }),
      hub.app.inject({ url: '/api/v1/health/ready' }),
    ]);

    expect(before.statusCode).toBe(200);
    expect(live.statusCode).toBe(200);
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ status: 'unavailable', version: '0.1.0' });
  });
});
