import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ExampleControlPlane, exampleControlPlane } from '../../adapter/sql/example-control-plane.ts';
import { exampleTransfer } from '../../adapter/sql/example-run.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import type { Run } from '../../domain/run/run.ts';
import type { TransferState } from '../../domain/transfer/lifecycle.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { GrantService } from '../agent/grant-service.ts';
import type { Principal } from '../auth/principal.ts';
import { TransferService } from './transfer-service.ts';

let database: TemporaryDatabase<Database>;
let plane: ExampleControlPlane;
let transfers: TransferService;
let user: Principal;
let run: Run;
let ids: readonly number[];

beforeEach(async () => {
  database = await migratedDatabase();
  plane = exampleControlPlane(database.db);
  transfers = new TransferService(plane);
  const admin = await plane.principal('admin');
  user = await plane.principal('user');
  const grants = new GrantService(plane);
  await grants.put(admin, await plane.connect('web-01', { path: '/srv', access: 'ro' }), user.userId, 'read');
  await grants.put(admin, await plane.connect('vault', { path: '/in', access: 'rw' }), user.userId, 'write');
  const ends = { source: { agent: 'web-01', path: '/srv/data' }, destination: { agent: 'vault', path: '/in/' } };
  run = (await plane.runs.create(user, { trigger: 'api', ...ends })).made;
  const progress = { id: run.id, state: 'running', counters: run.counters, plannedAt: plane.now() } as const;
  const planned = [0, 1, 2].map((ordinal) => exampleTransfer(run, ordinal));
  await plane.store.runs.storePlanPage({ runId: run.id, transfers: planned, treeEntries: [], issues: [], progress });
  const { items } = await transfers.list(user, { runId: run.id }, { limit: 10 });
  ids = items.map((each) => each.id).toSorted((a, b) => a - b);
  plane.told.length = 0;
});

afterEach(() => database[Symbol.asyncDispose]());

async function become(id: number, state: TransferState): Promise<void> {
  const error = state === 'failed' ? ({ errorCode: 'NO_SPACE', errorMessage: 'the disk is full' } as const) : {};
  const progress = {
    id,
    state,
    attempt: 1,
    retryCount: 2,
    completedChunks: 0,
    bytesTransferred: 0,
    wireBytes: 0,
    storedChunks: 0,
    ...error,
  };
  await plane.store.transfers.updateProgressBatch([progress]);
}

describe('transfers', () => {
  test('a cancelled transfer is cancelled for good, and counts as failed in its run', async () => {
    const [first = 0] = ids;

    expect(await transfers.cancel(user, first)).toMatchObject({ state: 'cancelled', errorCode: 'CANCELLED' });

    expect(plane.told).toEqual([`cancelled ${first}`]);
    expect((await plane.runs.get(user, run.id)).counters.filesFailed).toBe(1);
    await expect(transfers.cancel(user, first)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `Transfer ${first} is cancelled and cannot become cancelled.`,
    });
    await expect(transfers.retry(user, first)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('a failed transfer starts again with all its retries ahead of it', async () => {
    const [first = 0] = ids;
    await become(first, 'failed');

    const { made: retried } = await transfers.retry(user, first);

    expect(retried).toMatchObject({ state: 'pending', retryCount: 0 });
    expect(retried.errorCode).toBeUndefined();
    expect(plane.told).toEqual([`retried ${first}`]);
  });

  test('many are cancelled by filter, those that cannot be are left, and one event for each run says so', async () => {
    const [first = 0, ...rest] = ids;
    await become(first, 'completed');

    expect((await transfers.bulk(user, 'cancel', { filter: { runId: run.id } })).made).toMatchObject({
      matched: 3,
      changed: 2,
    });

    expect((await transfers.get(user, first)).state).toBe('completed');
    const events = (await plane.store.audit.list({ action: 'transfer.cancelled' }, { limit: 10 })).items;
    expect(events).toMatchObject([{ object: { kind: 'run', id: String(run.id) }, details: { count: 2 } }]);
    expect(plane.told).toHaveLength(1);
    expect(rest).toHaveLength(2);
  });

  test('many are tried again at once, and only failed ones are looked at', async () => {
    for (const id of ids.slice(1)) await become(id, 'failed');

    expect((await transfers.bulk(user, 'retry', { filter: {} })).made).toMatchObject({ matched: 2, changed: 2 });
    expect((await transfers.bulk(user, 'retry', { ids })).made).toMatchObject({ matched: 3, changed: 0 });
  });

  test('a filter for what has not failed tries nothing again', async () => {
    await become(ids[0] ?? 0, 'failed');

    await expect(transfers.bulk(user, 'retry', { filter: { state: 'cancelled' } })).rejects.toMatchObject({
      code: 'VALIDATION',
    });
    expect((await transfers.bulk(user, 'retry', { filter: { state: 'failed' } })).made.changed).toBe(1);
  });

  test('are found by the job whose runs they belong to', async () => {
    expect((await transfers.list(user, { jobId: 999 }, { limit: 10 })).items).toEqual([]);
    expect((await transfers.bulk(user, 'cancel', { filter: { jobId: 999 } })).made.matched).toBe(0);
  });

  test('a repeated request tries nothing again a second time', async () => {
    const [first = 0] = ids;
    const once = { key: 'again', fingerprint: 'retry one' };
    const onceForAll = { key: 'all again', fingerprint: 'retry all' };
    await become(first, 'failed');
    expect(await transfers.retry(user, first, once)).toMatchObject({ isRepeat: false, made: { state: 'pending' } });
    await become(first, 'failed');

    expect(await transfers.retry(user, first, once)).toMatchObject({ isRepeat: true, made: { state: 'failed' } });

    expect(await transfers.bulk(user, 'retry', { filter: {} }, onceForAll)).toMatchObject({ made: { changed: 1 } });
    await become(first, 'failed');
    expect(await transfers.bulk(user, 'retry', { filter: {} }, onceForAll)).toMatchObject({
      isRepeat: true,
      made: { changed: 0 },
    });
    expect((await transfers.get(user, first)).state).toBe('failed');
    expect(plane.told).toEqual([`retried ${first}`, `retried ${first}`]);
  });

  test('A23: with an agent that is shared no longer, nothing is tried again', async () => {
    const [first = 0] = ids;
    await become(first, 'failed');
    await plane.store.grants.delete(run.source.agentId, user.userId);

    await expect(transfers.retry(user, first)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: `Agent web-01 is no longer shared with ${user.email}. Ask an administrator.`,
    });
    expect((await transfers.bulk(user, 'retry', { ids })).made).toMatchObject({ matched: 3, changed: 0 });
    expect((await transfers.bulk(user, 'retry', { filter: {} })).made).toMatchObject({ matched: 1, changed: 0 });
    expect((await transfers.get(user, first)).state).toBe('failed');
  });

  test('somebody else neither sees nor changes them, one by one or all at once', async () => {
    const other = await plane.principal('user');
    const [first = 0] = ids;

    await expect(transfers.get(other, first)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(transfers.cancel(other, first)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const nothing = { matched: 0, changed: 0 };
    expect((await transfers.bulk(other, 'cancel', { ids })).made).toMatchObject(nothing);
    expect((await transfers.bulk(other, 'cancel', { filter: { runId: run.id } })).made).toMatchObject(nothing);
    expect((await transfers.list(other, {}, { limit: 10 })).items).toEqual([]);
  });

  test('a suspended transfer goes on when its agents are there, and says whom it waits for otherwise', async () => {
    const [first = 0] = ids;
    await become(first, 'suspended');

    await transfers.resume(user, first);
    await plane.store.agents.updateStatus(run.destination.agentId, 'offline', plane.now());

    await expect(transfers.resume(user, first)).rejects.toMatchObject({
      code: 'AGENT_OFFLINE',
      message: expect.stringContaining('waits for agent vault'),
    });
    expect(plane.told).toEqual([`resumed ${first}`]);
  });

  test('all chunks of a completed transfer have arrived; of a waiting one as many as were last heard of', async () => {
    const [first = 0, second = 0, third = 0] = ids;
    await become(first, 'completed');
    const waiting = { id: third, state: 'suspended', attempt: 1, retryCount: 0, completedChunks: 2 } as const;
    await plane.store.transfers.updateProgressBatch([
      { ...waiting, bytesTransferred: 2, wireBytes: 2, storedChunks: 0 },
    ]);

    expect(await transfers.chunks(user, first)).toMatchObject({ totalChunks: 3, completedChunks: 3, held: [[0, 3]] });
    expect(await transfers.chunks(user, second)).toMatchObject({ completedChunks: 0, held: [] });
    expect(await transfers.chunks(user, third)).toMatchObject({ completedChunks: 2, held: [] });
  });
});

describe('runs that are tried again', () => {
  test('go on with what failed of them', async () => {
    for (const [at, id] of ids.entries()) await become(id, at === 0 ? 'failed' : 'completed');
    const counters = { ...run.counters, filesMoved: 2, filesFailed: 1 };
    const ended = { id: run.id, state: 'partial', counters, plannedAt: plane.now(), endedAt: plane.now() } as const;
    await plane.store.runs.record({ transfers: [], runs: [ended], issues: [] });

    const { made: retried } = await plane.runs.retry(user, run.id);

    expect(retried).toMatchObject({ state: 'running', counters: { filesMoved: 2, filesFailed: 0 } });
    expect(retried.endedAt).toBeUndefined();
    expect(plane.told).toEqual([`run ${run.id} retried, running, 1 transfers`]);
    await expect(plane.runs.retry(user, run.id)).rejects.toMatchObject({
      message: expect.stringContaining('is running'),
    });
  });

  test('are planned anew when they failed before their plan was complete', async () => {
    const ends = { source: { agent: 'web-01', path: '/srv/x' }, destination: { agent: 'vault', path: '/in/' } };
    const { made } = await plane.runs.create(user, { trigger: 'api', ...ends });
    const error = { errorCode: 'SOURCE_NOT_FOUND', errorMessage: 'there is no /srv/x' } as const;
    const ended = { id: made.id, state: 'failed', counters: made.counters, endedAt: plane.now(), ...error } as const;
    await plane.store.runs.record({ transfers: [], runs: [ended], issues: [] });

    const { made: retried } = await plane.runs.retry(user, made.id);

    expect(retried.state).toBe('planning');
    expect(retried.errorCode).toBeUndefined();
  });

  test('A23: are not, with an agent that is shared no longer or for reading only', async () => {
    const ended = { id: run.id, state: 'failed', counters: run.counters, endedAt: plane.now() } as const;
    await plane.store.runs.record({ transfers: [], runs: [ended], issues: [] });
    const { agentId } = run.destination;
    await plane.store.grants.put({ agentId, userId: user.userId, access: 'read' });

    await expect(plane.runs.retry(user, run.id)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: `Agent vault is shared for reading only with ${user.email}. Ask an administrator.`,
    });

    await plane.store.grants.put({ agentId, userId: user.userId, access: 'write' });
    await plane.store.grants.delete(run.source.agentId, user.userId);
    await expect(plane.runs.retry(user, run.id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await plane.runs.get(user, run.id)).state).toBe('failed');
    expect(plane.told).toEqual([]);
  });

  test('have something that failed', async () => {
    await plane.runs.cancel(user, run.id);

    await expect(plane.runs.retry(user, run.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `Run ${run.id} is cancelled, and nothing of it failed. Start a new one instead.`,
    });
  });
});
