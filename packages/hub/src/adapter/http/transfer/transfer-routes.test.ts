import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import { exampleTransfer } from '../../sql/example-run.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let user: Caller;
let runId: number;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
  const agents = [
    await hub.connect('web-01', { path: '/srv', access: 'ro' }),
    await hub.connect('vault', { path: '/in', access: 'rw' }),
  ];
  user = await hub.signIn('user');
  await hub.share(user, ...agents);
  const copy = { source: { agent: 'web-01', path: '/srv/data' }, destination: { agent: 'vault', path: '/in/' } };
  runId = (await user.post('/runs', copy)).json().id;
  const run = await hub.store.runs.getById(runId);
  if (run === undefined) throw new Error('the run is missing');
  await hub.store.runs.storePlanPage({
    runId,
    transfers: [exampleTransfer(run, 0), exampleTransfer(run, 1, ['two', 'ö\n.txt'])],
    treeEntries: [],
    issues: [],
    progress: { id: runId, state: 'running', counters: run.counters },
  });
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

describe('transfers over REST', () => {
  test('a transfer shows where it comes from, where it goes and how far it is', async () => {
    const { items } = (await user.get(`/transfers?run=${runId}&status=pending`)).json();

    expect(items).toHaveLength(2);
    expect(items[0]).toEqual({
      id: expect.any(Number),
      runId,
      filename: 'ö\n.txt',
      sizeBytes: 3_000_000,
      source: { agent: { id: expect.any(Number), name: 'web-01' }, path: '/srv/data/two/ö\n.txt' },
      destination: { agent: { id: expect.any(Number), name: 'vault' }, path: '/in/data/two/ö\n.txt' },
      state: 'pending',
      attempt: 1,
      retryCount: 0,
      maxRetries: 5,
      chunkSizeBytes: 1_048_576,
      completedChunks: 0,
      totalChunks: 3,
      storedChunks: 0,
      bytesTransferred: 0,
      wireBytes: 0,
      compression: 'zstd',
      createdAt: expect.any(String),
    });
    expect((await user.get(`/transfers/${items[0].id}`)).json()).toEqual(items[0]);
    expect((await user.get('/transfers?status=failed')).json()).toEqual({ items: [] });
  });

  test('a cancelled run takes its transfers along', async () => {
    await user.post(`/runs/${runId}/cancel`);

    const { items } = (await user.get(`/transfers?run=${runId}`)).json();

    expect(items.map((each: { state: string }) => each.state)).toEqual(['cancelled', 'cancelled']);
    expect(items[0].error).toMatchObject({ code: 'CANCELLED' });
  });

  test('a transfer of somebody else does not exist, but for an administrator', async () => {
    const id = (await user.get('/transfers')).json().items[0].id;
    const other = await hub.signIn('user');
    const admin = await hub.signIn('admin');

    expect((await other.get(`/transfers/${id}`)).statusCode).toBe(404);
    expect((await other.get(`/transfers?run=${runId}`)).json()).toEqual({ items: [] });
    expect((await admin.get(`/transfers/${id}`)).statusCode).toBe(200);
  });

  test('chunks that nobody knows of are not held', async () => {
    const [{ id }] = (await user.get('/transfers')).json().items;

    expect((await user.get(`/transfers/${id}/chunks`)).json()).toEqual({
      totalChunks: 3,
      completedChunks: 0,
      chunkSizeBytes: 1_048_576,
      held: [],
    });
  });

  test('what was cancelled stays so; what did not fail is not tried again', async () => {
    const [{ id }] = (await user.get('/transfers')).json().items;

    const cancelled = await user.post(`/transfers/${id}/cancel`);

    expect(cancelled.json()).toMatchObject({ id, state: 'cancelled', error: { code: 'CANCELLED' } });
    for (const action of ['cancel', 'retry', 'resume']) {
      expect((await user.post(`/transfers/${id}/${action}`)).json(), action).toMatchObject({
        status: 409,
        code: 'CONFLICT',
      });
    }
  });

  test('many are changed at once: by their ids, or all that a filter finds', async () => {
    const [{ id }] = (await user.get('/transfers')).json().items;

    const byId = await user.post('/transfers/bulk', { action: 'cancel', ids: [id, 999_999] });
    const byFilter = await user.post('/transfers/bulk', {
      action: 'cancel',
      filter: { run: runId, status: 'pending' },
    });

    expect(byId.json()).toEqual({ matched: 1, changed: 1 });
    expect(byFilter.json()).toEqual({ matched: 1, changed: 1 });
  });

  test.each([
    {},
    { action: 'cancel' },
    { action: 'cancel', ids: [1], filter: {} },
    { action: 'resume', ids: [1] },
    { action: 'cancel', ids: [] },
  ])('%j is no bulk request', async (body) => {
    expect((await user.post('/transfers/bulk', body)).statusCode).toBe(400);
  });
});
