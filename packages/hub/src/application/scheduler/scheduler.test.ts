import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ExampleControlPlane, exampleControlPlane } from '../../adapter/sql/example-control-plane.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import type { Job } from '../../domain/job/job.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { GrantService } from '../agent/grant-service.ts';
import type { Principal } from '../auth/principal.ts';
import { type JobRequest, JobService } from '../job/job-service.ts';
import type { Store } from '../store/store.ts';
import type { Alarm } from './alarm.ts';
import { ScheduledRuns } from './scheduled-runs.ts';
import { Scheduler } from './scheduler.ts';

let database: TemporaryDatabase<Database>;
let plane: ExampleControlPlane;
let alarm: TestAlarm;
let scheduler: Scheduler;
let jobs: JobService;
let user: Principal;
let web: number;
let vault: number;
let failures: string[];

beforeEach(async () => {
  database = await migratedDatabase();
  plane = exampleControlPlane(database.db);
  alarm = new TestAlarm();
  failures = [];
  scheduler = newScheduler();
  const { store, agents, runs, now } = plane;
  jobs = new JobService({ store, agents, runs, patterns: { check: () => undefined }, scheduler, now });
  const admin = await plane.principal('admin');
  user = await plane.principal('user');
  web = await plane.connect('web-01', { path: '/srv', access: 'ro' });
  vault = await plane.connect('vault', { path: '/in', access: 'rw' });
  const grants = new GrantService(plane);
  await grants.put(admin, web, user.userId, 'read');
  await grants.put(admin, vault, user.userId, 'write');
  await scheduler.start();
});

afterEach(async () => {
  await scheduler.close();
  await database[Symbol.asyncDispose]();
});

/** The clock of the control plane, which rings when the test says so. */
class TestAlarm implements Alarm {
  #callBack: (() => void) | undefined;

  now(): Date {
    return plane.now();
  }

  wakeAt(_moment: Date, callBack: () => void): void {
    this.#callBack = callBack;
  }

  stop(): void {
    this.#callBack = undefined;
  }

  ring(): void {
    this.#callBack?.();
  }
}

function newScheduler(store: Store = plane.store): Scheduler {
  return new Scheduler({
    store,
    alarm,
    runs: new ScheduledRuns({ store, runs: plane.runs }),
    onFailure: (job, thrown) => failures.push(`job ${job}: ${thrown}`),
  });
}

/** The store of the control plane, some of whose repositories do something else first. */
function storeWith(repositories: Partial<Store>): Store {
  const { store } = plane;
  return { ...store, transaction: (work) => store.transaction(work), ...repositories };
}

/** As if the hub died, and another one started on what it left. */
async function restart(): Promise<void> {
  await scheduler.close();
  scheduler = newScheduler();
  await scheduler.start();
  await scheduler.idle();
}

const nightly: JobRequest = {
  name: 'nightly',
  type: 'push',
  source: { agent: 'web-01', path: '/srv/logs' },
  destination: { agent: 'vault', path: '/in/' },
  schedule: { cron: '0 * * * *', timeZone: 'UTC' },
};

/** Lets so many seconds pass and waits until the scheduler is through with what is due. */
async function after(seconds: number): Promise<void> {
  plane.later(seconds);
  alarm.ring();
  await scheduler.idle();
}

async function runsOf(job: Job) {
  return (await plane.store.runs.list(undefined, { jobId: job.id }, { limit: 50 })).items.toReversed();
}

describe('scheduled runs', () => {
  test('a job runs when it is due, as its owner, with its tick', async () => {
    const { made: job } = await jobs.create(user, { ...nightly, include: ['*.log'] });

    await after(3_600);

    expect(await runsOf(job)).toMatchObject([
      {
        userId: user.userId,
        trigger: 'schedule',
        jobId: job.id,
        tickAt: new Date('2026-05-04T13:00:00Z'),
        selection: { include: ['*.log'], exclude: [] },
        state: 'planning',
      },
    ]);
    expect(plane.told).toEqual(['run 1 appeared, planning']);
    const [event] = (await plane.store.audit.list({ action: 'run.started' }, { limit: 1 })).items;
    expect(event).toMatchObject({ actor: { kind: 'scheduler', name: user.email }, details: { job: job.id } });
  });

  test('two schedulers on one database run a tick once', async () => {
    const { made: job } = await jobs.create(user, nightly);
    const other = newScheduler();
    plane.later(3_600);

    await Promise.all([other.start(), after(0)]);
    await other.idle();

    expect(await runsOf(job)).toHaveLength(1);
  });

  test('a tick that comes during a run waits for its end, if the job says so', async () => {
    const schedule = { cron: '0 * * * *', timeZone: 'UTC', overlap: 'queue' } as const;
    const { made: job } = await jobs.create(user, { ...nightly, schedule });
    await after(3_600);
    await after(3_600);
    const [first] = await runsOf(job);
    expect(await runsOf(job)).toHaveLength(1);

    await plane.store.runs.cancel(first?.id ?? 0, 'for the test', plane.now());
    scheduler.runEnded({ jobId: job.id });
    await scheduler.idle();

    expect((await runsOf(job)).map((run) => run.tickAt)).toEqual([
      new Date('2026-05-04T13:00:00Z'),
      new Date('2026-05-04T14:00:00Z'),
    ]);
  });

  test('a tick that waits is remembered by the database, and runs after a restart', async () => {
    const schedule = { cron: '0 * * * *', timeZone: 'UTC', overlap: 'queue' } as const;
    const { made: job } = await jobs.create(user, { ...nightly, schedule });
    await after(3_600);
    await after(3_600);
    const [first] = await runsOf(job);
    await plane.store.runs.cancel(first?.id ?? 0, 'for the test', plane.now());
    plane.later(600);

    await restart();

    expect((await runsOf(job)).map((run) => run.tickAt)).toEqual([
      new Date('2026-05-04T13:00:00Z'),
      new Date('2026-05-04T14:00:00Z'),
    ]);
    expect((await plane.store.jobs.getById(job.id))?.queuedTickAt).toBeUndefined();
  });

  test('A23: revoke grant -> next run failed(forbidden)', async () => {
    const { made: job } = await jobs.create(user, nightly);
    await plane.store.grants.delete(vault, user.userId);

    await after(3_600);

    expect(await runsOf(job)).toMatchObject([
      {
        state: 'failed',
        errorCode: 'FORBIDDEN',
        errorMessage: `Agent vault is no longer shared with ${user.email}. Ask an administrator.`,
        tickAt: new Date('2026-05-04T13:00:00Z'),
      },
    ]);
    await after(60);
    expect(await runsOf(job)).toHaveLength(1);
    expect(plane.told).toEqual([]);
  });

  test('A23: narrow a grant to reading -> next run failed(forbidden)', async () => {
    const { made: job } = await jobs.create(user, nightly);
    await plane.store.grants.put({ agentId: vault, userId: user.userId, access: 'read' });

    await after(3_600);

    expect(await runsOf(job)).toMatchObject([
      {
        state: 'failed',
        errorCode: 'FORBIDDEN',
        errorMessage: expect.stringContaining('vault is shared for reading only'),
      },
    ]);
  });

  test('a job whose root is gone does not run, and says so at each tick', async () => {
    const { made: job } = await jobs.create(user, nightly);
    const info = { version: '0.1.0', host: 'web-01', os: 'linux', arch: 'x64', roots: [] };
    await plane.store.agents.updateInfo(web, { info, transport: 'websocket', address: '10.1.2.3', at: plane.now() });

    await after(3_600);
    await after(3_600);

    expect((await runsOf(job)).map(({ state, errorCode }) => [state, errorCode])).toEqual([
      ['failed', 'PATH_NOT_ALLOWED'],
      ['failed', 'PATH_NOT_ALLOWED'],
    ]);
  });

  test('the job of a disabled owner does not run, and says why', async () => {
    const { made: job } = await jobs.create(user, nightly);
    await plane.store.users.update(user.userId, 1, { disabledAt: plane.now() });

    await after(3_600);

    expect(await runsOf(job)).toMatchObject([
      { state: 'failed', errorMessage: `The owner of this job, ${user.email}, is disabled.` },
    ]);
  });

  test('a paused job does not run, and owes nothing when it goes on', async () => {
    const { made: job } = await jobs.create(user, {
      ...nightly,
      schedule: { cron: '0 * * * *', timeZone: 'UTC', missed: 'once' },
    });
    await jobs.update(user, job.id, undefined, { status: 'paused' });
    await after(3 * 3_600);
    await jobs.update(user, job.id, undefined, { status: 'active' });
    await scheduler.idle();
    expect(await runsOf(job)).toEqual([]);

    await after(3_600);

    expect(await runsOf(job)).toMatchObject([{ tickAt: new Date('2026-05-04T16:00:00Z') }]);
  });

  test('a job that is given another schedule, or removed, no longer runs at its old times', async () => {
    const { made: changed } = await jobs.create(user, nightly);
    const { made: removed } = await jobs.create(user, { ...nightly, name: 'other' });
    await jobs.update(user, changed.id, undefined, { schedule: { cron: '30 * * * *', timeZone: 'UTC' } });
    await jobs.delete(user, removed.id);

    await after(1_800);
    await after(1_800);

    expect(await runsOf(removed)).toEqual([]);
    expect(await runsOf(changed)).toMatchObject([{ tickAt: new Date('2026-05-04T12:30:00Z') }]);
  });

  test('a job that is paused while its tick is being dealt with does not run', async () => {
    const { made: job } = await jobs.create(user, nightly);
    const { agents } = plane.store;
    const pauseFirst: Pick<typeof agents, 'getByIds'> = {
      getByIds: async (ids) => {
        await plane.store.jobs.update(job.id, 1, { status: 'paused' });
        return agents.getByIds(ids);
      },
    };
    const store = storeWith({ agents: Object.assign(Object.create(agents), pauseFirst) });
    plane.later(3_600);

    await new ScheduledRuns({ store, runs: plane.runs }).start(job.id, plane.now(), 'due');
    await new ScheduledRuns({ store: plane.store, runs: plane.runs }).start(job.id, plane.now(), 'due');

    expect(await runsOf(job)).toEqual([]);
    expect((await plane.store.jobs.getById(job.id))?.lastTickAt).toEqual(job.lastTickAt);
  });

  test('what the database does not take is tried again, once it takes it', async () => {
    const { made: job } = await jobs.create(user, nightly);
    await scheduler.close();
    const { runs } = plane.store;
    let isAway = true;
    const awayAtFirst: Pick<typeof runs, 'getUnsettledByJob'> = {
      getUnsettledByJob: async (id) => {
        if (isAway) throw new Error('The database is away.');
        return runs.getUnsettledByJob(id);
      },
    };
    scheduler = newScheduler(storeWith({ runs: Object.assign(Object.create(runs), awayAtFirst) }));
    await scheduler.start();

    await after(3_600);
    isAway = false;
    await after(1);
    expect(await runsOf(job)).toEqual([]);
    await after(4);

    expect(failures).toEqual([`job ${job.id}: Error: The database is away.`]);
    expect(await runsOf(job)).toMatchObject([{ tickAt: new Date('2026-05-04T13:00:00Z') }]);
  });

  test('F68: a tick that has had its run is let go when a corrected clock comes to it again', async () => {
    const { made: job } = await jobs.create(user, nightly);
    await after(3_600);
    await plane.store.runs.cancel(1, 'for the test', plane.now());
    plane.later(-1_800);
    // Whoever corrects the clock draws a line under the past by pausing the job for a moment.
    await jobs.update(user, job.id, undefined, { status: 'paused' });
    await jobs.update(user, job.id, undefined, { status: 'active' });

    await after(1_800);
    await after(3_600);

    expect(failures).toEqual([]);
    expect((await runsOf(job)).map((run) => run.tickAt)).toEqual([
      new Date('2026-05-04T13:00:00Z'),
      new Date('2026-05-04T14:00:00Z'),
    ]);
  });

  test('F8: a job whose stored schedule cannot be read keeps no other job from running', async () => {
    const { made: broken } = await jobs.create(user, nightly);
    const { made: sound } = await jobs.create(user, { ...nightly, name: 'sound' });
    await database.db.updateTable('jobs').set({ cron: 'nonsense' }).where('id', '=', broken.id).execute();

    await restart();
    await after(3_600);

    expect(failures).toEqual([expect.stringMatching(`^job ${broken.id}: .*nonsense`)]);
    expect(await runsOf(broken)).toEqual([]);
    expect(await runsOf(sound)).toHaveLength(1);
  });
});
