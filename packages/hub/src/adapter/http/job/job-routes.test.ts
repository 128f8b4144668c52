import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let user: Caller;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
  user = await hub.signIn('user');
  await hub.share(
    user,
    await hub.connect('web-01', { path: '/srv', access: 'ro' }),
    await hub.connect('vault', { path: '/in', access: 'rw' }),
  );
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

const nightly = {
  name: 'nightly logs',
  type: 'push',
  source: { agent: 'web-01', path: '/srv/logs' },
  destination: { agent: 'vault', path: '/in/web-01/' },
  include: ['**/*.log'],
  schedule: { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
};

describe('jobs over REST', () => {
  test('a job shows its owner, its agents and when it runs next', async () => {
    const made = await user.post('/jobs', nightly);

    expect(made.statusCode).toBe(201);
    expect(made.json()).toEqual({
      id: expect.any(Number),
      name: 'nightly logs',
      type: 'push',
      owner: { id: user.userId, email: expect.stringMatching(/@example\.com$/) },
      source: { agent: { id: expect.any(Number), name: 'web-01' }, path: '/srv/logs' },
      destination: { agent: { id: expect.any(Number), name: 'vault' }, path: '/in/web-01/' },
      include: ['**/*.log'],
      exclude: [],
      options: { compression: 'auto', existing: 'replace', maxRetries: 5 },
      schedule: {
        cron: '30 2 * * *',
        timeZone: 'Europe/Berlin',
        overlap: expect.any(String),
        missed: expect.any(String),
        nextAt: expect.stringMatching(/:30:00\.000Z$/),
      },
      status: 'active',
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
    const { id } = made.json();
    expect((await user.get(`/jobs/${id}`)).json()).toEqual(made.json());
    expect((await user.get('/jobs?q=NIGHT&status=active&sort=name')).json()).toEqual({ items: [made.json()] });
    expect((await user.get('/jobs?status=paused')).json()).toEqual({ items: [] });
  });

  test('a run of a job names it, also after the job was renamed, and no more once it is gone', async () => {
    const { id } = (await user.post('/jobs', nightly)).json();

    const run = await user.post(`/jobs/${id}/run`);
    const { id: runId } = run.json();
    await user.patch(`/jobs/${id}`, { name: 'logs' });
    const renamed = (await user.get(`/runs?job=${id}`)).json().items[0];
    await user.delete(`/jobs/${id}`);
    const orphaned = (await user.get(`/runs/${runId}`)).json();

    expect(run.statusCode).toBe(201);
    expect(run.json()).toMatchObject({ job: { id, name: 'nightly logs' }, trigger: 'manual', include: ['**/*.log'] });
    expect(renamed.job).toEqual({ id, name: 'logs' });
    expect(orphaned).not.toHaveProperty('job');
  });

  test('a program runs it by its key, once for each Idempotency-Key', async () => {
    const { id } = (await user.post('/jobs', nightly)).json();
    const program = await hub.withKey(user, 'run');
    const headers = { 'idempotency-key': 'tonight' };

    const [first, again] = [
      await program.post(`/jobs/${id}/run`, {}, headers),
      await program.post(`/jobs/${id}/run`, {}, headers),
    ];

    expect(first.json()).toMatchObject({ trigger: 'api', job: { id } });
    expect(again.json().id).toBe(first.json().id);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  test('what a change leaves out stays; a schedule of null is taken away', async () => {
    const made = await user.post('/jobs', nightly);
    const { id, ...before } = made.json();

    const paused = await user.patch(`/jobs/${id}`, { status: 'paused' });
    const unscheduled = await user.patch(`/jobs/${id}`, { schedule: null });

    expect(paused.json()).toMatchObject({ name: before.name, include: before.include, status: 'paused' });
    expect(paused.json().schedule).not.toHaveProperty('nextAt');
    expect(unscheduled.json()).not.toHaveProperty('schedule');
    const late = await user.patch(`/jobs/${id}`, { name: 'x' }, { 'if-match': String(made.headers.etag) });
    expect(late.json()).toMatchObject({ status: 412, code: 'CONFLICT' });
  });

  test('a schedule is previewed five times ahead, of a job and of one that is being written', async () => {
    const { id } = (await user.post('/jobs', nightly)).json();

    const ofJob = (await user.get(`/jobs/${id}/schedule`)).json();
    const preview = (await user.get('/schedule-preview?cron=0+0+1+1+*&timeZone=UTC')).json();

    expect(ofJob.next).toHaveLength(5);
    expect(preview.next).toHaveLength(5);
    expect(preview.next[0]).toMatch(/^\d{4}-01-01T00:00:00\.000Z$/);
    expect((await user.get('/schedule-preview?cron=nonsense&timeZone=UTC')).json()).toMatchObject({
      code: 'VALIDATION',
    });
    expect((await user.get('/schedule-preview?cron=0+0+*+*+*&timeZone=Mars')).json()).toMatchObject({
      code: 'VALIDATION',
    });
  });
});
