import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewJob } from '../../domain/job/job.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { createExampleRun, exampleNow } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlStore } from './sql-store.ts';

let database: TemporaryDatabase<Database>;
let store: SqlStore;
let nightly: NewJob;

beforeEach(async () => {
  database = await migratedDatabase();
  store = new SqlStore(database.db, exampleNow);
  const { userId, source, destination } = await createExampleRun(database.db);
  nightly = {
    userId,
    name: 'nightly',
    type: 'pull',
    source: { agentId: source.agentId, path: '/srv/logs' },
    destination: { agentId: destination.agentId, path: '/in/' },
    selection: { include: ['*.log'], exclude: ['tmp/'] },
    options: { compression: 'zstd', existing: 'fail', maxRetries: 3 },
    schedule: { cron: '30 2 * * *', timeZone: 'Europe/Berlin', overlap: 'queue', missed: 'once' },
    status: 'active',
    lastTickAt: exampleNow(),
  };
});

afterEach(() => database[Symbol.asyncDispose]());

function at(minutes: number): Date {
  return new Date(exampleNow().getTime() + minutes * 60_000);
}

describe('jobs in SQL', () => {
  test('a job comes back as it was made', async () => {
    const job = await store.jobs.create(nightly);

    expect(job).toEqual({ ...nightly, id: job.id, createdAt: exampleNow(), updatedAt: exampleNow(), version: 1 });
    expect(await store.jobs.getById(job.id)).toEqual(job);
    expect(await store.jobs.getByName(nightly.userId, 'nightly')).toEqual(job);
    expect(await store.jobs.getByIds([job.id, 99])).toEqual([job]);
  });

  test('a name is taken once for each owner', async () => {
    const other = await createExampleRun(database.db);
    const job = await store.jobs.create(nightly);
    const second = await store.jobs.create({ ...nightly, name: 'second' });
    await store.jobs.create({ ...nightly, userId: other.userId });

    await expect(store.jobs.create(nightly)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(store.jobs.update(second.id, 1, { name: job.name })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('a change is made to the version that was seen, and to no other', async () => {
    const job = await store.jobs.create(nightly);

    const changed = await store.jobs.update(job.id, 1, { name: 'renamed', schedule: null, status: 'paused' });

    expect(changed).toMatchObject({ name: 'renamed', status: 'paused', version: 2 });
    expect(changed?.schedule).toBeUndefined();
    expect(await store.jobs.update(job.id, 1, { name: 'again' })).toBeUndefined();
    expect(await store.jobs.update(99, 1, { name: 'again' })).toBeUndefined();
  });

  test('of two that pass the same tick one wins, and no tick goes back in time', async () => {
    const { id } = await store.jobs.create(nightly);

    const both = await Promise.all([
      store.jobs.passTick(id, at(5), undefined),
      store.jobs.passTick(id, at(5), undefined),
    ]);

    expect(both.toSorted()).toEqual([false, true]);
    expect(await store.jobs.passTick(id, at(4), at(4))).toBe(false);
    expect(await store.jobs.getById(id)).toMatchObject({ lastTickAt: at(5) });
    expect(await store.jobs.passTick(id, at(6), at(6))).toBe(true);
    expect(await store.jobs.getById(id)).toMatchObject({ lastTickAt: at(6), queuedTickAt: at(6) });
  });

  test('a waiting tick is taken once', async () => {
    const { id } = await store.jobs.create(nightly);
    await store.jobs.passTick(id, at(6), at(6));

    expect(await store.jobs.takeQueuedTick(id, at(5))).toBe(false);
    expect(await store.jobs.takeQueuedTick(id, at(6))).toBe(true);
    expect(await store.jobs.takeQueuedTick(id, at(6))).toBe(false);
  });

  test('what is owed is owed no more once the past is drawn a line under', async () => {
    const job = await store.jobs.create(nightly);
    await store.jobs.passTick(job.id, at(6), at(6));

    const changed = await store.jobs.update(job.id, 1, { lastTickAt: at(9) });

    expect(changed?.lastTickAt).toEqual(at(9));
    expect(changed?.queuedTickAt).toBeUndefined();
  });

  test('the scheduler watches what is active and has a schedule', async () => {
    const { schedule: _none, ...byHand } = nightly;
    const first = await store.jobs.create(nightly);
    await store.jobs.create({ ...byHand, name: 'by hand' });
    await store.jobs.create({ ...nightly, name: 'paused', status: 'paused' });

    expect((await store.jobs.listScheduled()).map((job) => job.id)).toEqual([first.id]);
  });

  test('listings are narrowed, and sorted by name page after page', async () => {
    for (const name of ['b', 'a_c', 'aXc', 'A%']) await store.jobs.create({ ...nightly, name });
    const names = async (filter: Parameters<typeof store.jobs.list>[1]) =>
      (await store.jobs.list(nightly.userId, filter, { limit: 10 })).items.map((job) => job.name);
    const sort = { by: 'name', direction: 'asc' } as const;

    expect(await names({ text: 'a_' })).toEqual(['a_c']);
    expect(await names({ text: '%' })).toEqual(['A%']);
    expect(await names({ status: 'paused' })).toEqual([]);
    expect(await names({ agentId: nightly.destination.agentId })).toHaveLength(4);
    const first = await store.jobs.list(undefined, {}, { limit: 2, sort });
    const second = await store.jobs.list(undefined, {}, { limit: 2, sort, cursor: first.nextCursor ?? '' });
    const all = [...first.items, ...second.items].map((job) => job.name);
    expect(all.toSorted()).toEqual(['A%', 'aXc', 'a_c', 'b']);
    expect(second.nextCursor).toBeUndefined();
    await expect(store.jobs.list(undefined, {}, { limit: 2, cursor: first.nextCursor ?? '' })).rejects.toMatchObject({
      code: 'VALIDATION',
    });
  });

  test('a job that is removed leaves its runs, which no longer name it', async () => {
    const { id } = await store.jobs.create(nightly);
    const { source, destination, ...rest } = await createExampleRun(database.db);
    const run = await store.runs.create({ ...rest, source, destination, jobId: id, tickAt: at(5) });

    await store.jobs.delete(id, undefined);

    const kept = await store.runs.getById(run.id);
    expect(kept?.jobId).toBeUndefined();
    expect(kept?.tickAt).toEqual(at(5));
  });

  test('a tick has one run, in whatever way two try', async () => {
    const { id } = await store.jobs.create(nightly);
    const { id: _id, ...rest } = await createExampleRun(database.db);
    const run = { ...rest, jobId: id, tickAt: at(5) };

    const both = await Promise.allSettled([store.runs.create(run), store.runs.create(run)]);
    const failed = store.runs.createFailed(run, { code: 'FORBIDDEN', message: 'no' });

    expect(both.map((each) => each.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(failed).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await store.runs.getUnsettledByJob(id)).toMatchObject({ tickAt: at(5) });
  });
});
