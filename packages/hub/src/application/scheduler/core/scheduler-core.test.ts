import { describe, expect, test } from 'vitest';
import type { MissedTickPolicy, OverlapPolicy } from '../../../domain/job/schedule.ts';
import { SimulatedHub } from '../simulated-hub.ts';
import { latestTick, nextTick } from '../ticks.ts';
import type { SchedulerEffect, WatchedFacts } from './events.ts';
import { MAX_JOBS_PER_STEP, stepScheduler } from './scheduler-core.ts';
import { initialSchedulerState } from './state.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);

function hubWith(cron: string, overlap: OverlapPolicy = 'skip', missed: MissedTickPolicy = 'skip'): SimulatedHub {
  return new SimulatedHub(START, { cron, overlap, missed });
}

/** The ticks that have had a run, as in `01-01T06:00`. */
function runsOf({ stored }: SimulatedHub): readonly string[] {
  return stored.ticksRun.map((ms) => new Date(ms).toISOString().slice(5, 16));
}

function context(ms: number) {
  return { now: new Date(START + ms), nextTick, latestTick };
}

/** An hourly job, made at the start. */
function hourly(id: number, rest: Partial<WatchedFacts> = {}): WatchedFacts {
  const schedule = { cron: '0 * * * *', timeZone: 'UTC', overlap: 'skip', missed: 'once' } as const;
  return { id, version: 1, createdAt: new Date(START), schedule, ...rest };
}

describe('the scheduler', () => {
  test('runs a job at each of its ticks', () => {
    const hub = hubWith('0 */6 * * *');
    hub.start();
    hub.pass(24 * HOUR);

    expect(runsOf(hub)).toEqual(['01-01T06:00', '01-01T12:00', '01-01T18:00', '01-02T00:00']);
  });

  test('runs a job that is due every second, every second', () => {
    const hub = hubWith('* * * * * *');
    hub.runMs = 100;
    hub.start();
    hub.pass(10_000);

    expect(hub.stored.ticksRun).toHaveLength(10);
  });

  test('lets ticks go that passed while the hub was away', () => {
    const hub = hubWith('0 * * * *');
    hub.start();
    hub.pass(90 * MINUTE);
    hub.die();
    hub.pass(5 * HOUR);
    hub.start();
    hub.pass(HOUR);

    expect(runsOf(hub)).toEqual(['01-01T01:00', '01-01T07:00']);
  });

  test('runs once for all ticks that passed while the hub was away, if the job says so', () => {
    const hub = hubWith('0 * * * *', 'skip', 'once');
    hub.start();
    hub.pass(90 * MINUTE);
    hub.die();
    hub.pass(5 * HOUR);
    hub.start();
    hub.pass(HOUR);

    expect(runsOf(hub)).toEqual(['01-01T01:00', '01-01T06:00', '01-01T07:00']);
  });

  test('takes a tick for on time that passed less than a minute ago', () => {
    const hub = hubWith('0 * * * *');
    hub.start();
    hub.pass(59 * MINUTE);
    hub.die();
    hub.pass(90_000);
    hub.start();

    expect(runsOf(hub)).toEqual(['01-01T01:00']);
  });

  test('lets a tick go while the last run is under way', () => {
    const hub = hubWith('0 * * * *');
    hub.runMs = 150 * MINUTE;
    hub.start();
    hub.pass(5 * HOUR);

    expect(runsOf(hub)).toEqual(['01-01T01:00', '01-01T04:00']);
  });

  test('keeps one tick waiting until the last run ends, if the job says so', () => {
    const hub = hubWith('0 * * * *', 'queue');
    hub.runMs = 150 * MINUTE;
    hub.start();
    hub.pass(3 * HOUR + 29 * MINUTE);
    expect(runsOf(hub)).toEqual(['01-01T01:00']);

    hub.pass(MINUTE);

    expect(runsOf(hub)).toEqual(['01-01T01:00', '01-01T03:00']);
    expect(hub.stored.queuedTickAt).toBeUndefined();
  });

  test('remembers the waiting tick when the hub dies', () => {
    const hub = hubWith('0 * * * *', 'queue');
    hub.runMs = 90 * MINUTE;
    hub.start();
    hub.pass(2 * HOUR + 10 * MINUTE);
    hub.die();
    hub.pass(30 * MINUTE);
    hub.start();

    expect(runsOf(hub)).toEqual(['01-01T01:00', '01-01T02:00']);
  });

  test('F68: repeats nothing when the clock is set back', () => {
    const hub = hubWith('0 * * * *');
    hub.start();
    hub.pass(3 * HOUR + MINUTE);
    hub.setClock(START + 30 * MINUTE);
    hub.pass(4 * HOUR);

    expect(runsOf(hub)).toEqual(['01-01T01:00', '01-01T02:00', '01-01T03:00', '01-01T04:00']);
  });

  test('F68: sees within a minute that the clock was set forward', () => {
    const hub = hubWith('0 * * * *', 'skip', 'once');
    hub.start();
    hub.pass(10 * MINUTE);
    hub.setClock(START + 5 * HOUR + 10 * MINUTE);
    hub.pass(MINUTE);

    expect(runsOf(hub)).toEqual(['01-01T05:00']);
  });

  test('rests after a failure of the database, and tries again', () => {
    const state = initialSchedulerState();
    stepScheduler(state, { type: 'jobsAppeared', jobs: [hourly(1)] }, context(0));
    const due = stepScheduler(state, { type: 'woken' }, context(HOUR)).effects;
    const failed = stepScheduler(state, { type: 'undone', jobId: 1 }, context(HOUR)).effects;

    const again = stepScheduler(state, { type: 'woken' }, context(HOUR + 5_000)).effects;

    expect(due).toContainEqual({ type: 'look', jobId: 1, tickAt: new Date(START + HOUR) });
    expect(failed).toEqual([{ type: 'wakeAt', at: new Date(START + HOUR + 5_000) }]);
    expect(again).toContainEqual({ type: 'look', jobId: 1, tickAt: new Date(START + HOUR) });
  });

  test('does not rest for hours when the clock is set back after a failure', () => {
    const state = initialSchedulerState();
    stepScheduler(state, { type: 'jobsAppeared', jobs: [hourly(1)] }, context(0));
    stepScheduler(state, { type: 'woken' }, context(5 * HOUR));
    stepScheduler(state, { type: 'undone', jobId: 1 }, context(5 * HOUR));

    const again = stepScheduler(state, { type: 'woken' }, context(2 * HOUR)).effects;

    expect(again).toContainEqual({ type: 'look', jobId: 1, tickAt: new Date(START + 2 * HOUR) });
  });

  test('looks after many jobs that are due at once some at a time, and forgets none', () => {
    const state = initialSchedulerState();
    const jobs = Array.from({ length: 1_050 }, (_, at) => hourly(at + 1));
    stepScheduler(state, { type: 'jobsAppeared', jobs }, context(0));
    const steps: SchedulerEffect[][] = [];
    do steps.push(stepScheduler(state, { type: 'woken' }, context(HOUR)).effects);
    while (steps.at(-1)?.some((effect) => effect.type === 'wakeAt' && effect.at.getTime() === START + HOUR));

    const looks = steps.map((effects) => effects.flatMap((each) => (each.type === 'look' ? [each.jobId] : [])));

    expect(Math.max(...looks.map((ids) => ids.length))).toBe(MAX_JOBS_PER_STEP);
    expect(looks.flat()).toEqual(jobs.map((job) => job.id));
  });

  test('looks once a minute, and not more often, whether a waiting tick can run after all', () => {
    const state = initialSchedulerState();
    const waiting = hourly(1, { lastTickAt: new Date(START + HOUR), queuedTickAt: new Date(START + HOUR) });
    const look = { type: 'look', jobId: 1, tickAt: new Date(START + HOUR) };
    stepScheduler(state, { type: 'jobsAppeared', jobs: [waiting] }, context(HOUR));
    const looked = { type: 'looked', jobId: 1, tickAt: new Date(START + HOUR), isRunning: true } as const;

    const found = stepScheduler(state, looked, context(HOUR)).effects;
    const soon = stepScheduler(state, { type: 'woken' }, context(HOUR + 59_999)).effects;
    const later = stepScheduler(state, { type: 'woken' }, context(HOUR + MINUTE)).effects;

    expect(found).toEqual([{ type: 'wakeAt', at: new Date(START + HOUR + MINUTE) }]);
    expect(soon).not.toContainEqual(look);
    expect(later).toContainEqual(look);
  });

  test('sees that the run ended while it was looking', () => {
    const state = initialSchedulerState();
    const waiting = hourly(1, { lastTickAt: new Date(START + HOUR), queuedTickAt: new Date(START + HOUR) });
    stepScheduler(state, { type: 'jobsAppeared', jobs: [waiting] }, context(HOUR));
    stepScheduler(state, { type: 'runEnded', jobId: 1 }, context(HOUR));
    const looked = { type: 'looked', jobId: 1, tickAt: new Date(START + HOUR), isRunning: true } as const;

    const { effects } = stepScheduler(state, looked, context(HOUR));

    expect(effects).toContainEqual({ type: 'look', jobId: 1, tickAt: new Date(START + HOUR) });
  });

  test('is not led astray by an answer that knows an older version of the job', () => {
    const state = initialSchedulerState();
    const daily = { cron: '0 12 * * *', timeZone: 'UTC', overlap: 'skip', missed: 'skip' } as const;
    stepScheduler(state, { type: 'jobsAppeared', jobs: [hourly(1)] }, context(0));
    stepScheduler(state, { type: 'woken' }, context(HOUR));
    const changed = hourly(1, { version: 2, schedule: daily, lastTickAt: new Date(START + HOUR) });
    const whileBusy = stepScheduler(state, { type: 'jobsAppeared', jobs: [changed] }, context(HOUR)).effects;

    stepScheduler(state, { type: 'done', job: hourly(1, { lastTickAt: new Date(START + HOUR) }) }, context(HOUR));
    stepScheduler(state, { type: 'jobsAppeared', jobs: [hourly(1)] }, context(HOUR));

    expect(whileBusy.map((effect) => effect.type)).toEqual(['wakeAt']);
    expect(state.jobs.get(1)).toMatchObject({ job: changed, nextTickAt: new Date(START + 12 * HOUR), isBusy: false });
  });

  test('runs every tick of a year in which nothing goes wrong', () => {
    const hub = hubWith('30 2 * * 1-5');
    hub.start();
    hub.pass(365 * 24 * HOUR);

    const weekdays = Array.from({ length: 365 }, (_, day) => new Date(START + day * 24 * HOUR).getUTCDay());
    expect(hub.stored.ticksRun).toHaveLength(weekdays.filter((day) => day >= 1 && day <= 5).length);
  });
});
