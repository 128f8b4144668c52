import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MissedTickPolicy, OverlapPolicy } from '../../../domain/job/schedule.ts';
import { latestTick, nextTick } from '../ticks.ts';
import type { ScheduledJob, SchedulerEffect, SchedulerEvent } from './events.ts';
import { stepScheduler } from './scheduler-core.ts';
import { initialSchedulerState, type SchedulerState } from './state.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);

/** What the database knows of the one job of this world, and the runs that it has had. */
interface Stored {
  lastTickAt: number;
  queuedTickAt: number | undefined;
  readonly ticksRun: number[];
  /** When the run under way ends; undefined when none is. */
  runEndsAt: number | undefined;
}

/** A hub with one job, on a clock that the test turns; the hub may die and come back, its database stays. */
class World {
  now = START;
  runMs = MINUTE;
  readonly stored: Stored = { lastTickAt: START, queuedTickAt: undefined, ticksRun: [], runEndsAt: undefined };
  readonly #schedule: ScheduledJob['schedule'];
  #state: SchedulerState | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(cron: string, overlap: OverlapPolicy = 'skip', missed: MissedTickPolicy = 'skip') {
    this.#schedule = { cron, timeZone: 'UTC', overlap, missed };
  }

  start(): void {
    this.#state = initialSchedulerState();
    this.#on({ type: 'jobsAppeared', jobs: [this.#job()] });
  }

  die(): void {
    this.#state = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  /** The clock is set to another time: nothing happens by itself. */
  setClock(ms: number): void {
    this.now = ms;
  }

  /** Lets time pass, with all that happens on the way. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = Math.min(this.#wakeAt, this.stored.runEndsAt ?? Number.POSITIVE_INFINITY);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (this.stored.runEndsAt !== undefined && this.stored.runEndsAt <= this.now) {
        this.stored.runEndsAt = undefined;
        this.#on({ type: 'runEnded', jobId: 1 });
      } else {
        this.#wakeAt = Number.POSITIVE_INFINITY;
        this.#on({ type: 'woken' });
      }
    }
    this.now = end;
  }

  get runs(): readonly string[] {
    return this.stored.ticksRun.map((ms) => new Date(ms).toISOString().slice(5, 16));
  }

  #on(event: SchedulerEvent): void {
    if (this.#state === undefined) return;
    const context = { now: new Date(this.now), nextTick, latestTick };
    for (const effect of stepScheduler(this.#state, event, context).effects) this.#carryOut(effect);
  }

  #carryOut(effect: SchedulerEffect): void {
    if (effect.type === 'wakeAt') {
      this.#wakeAt = effect.at.getTime();
      return;
    }
    const { stored } = this;
    const tick = effect.tickAt.getTime();
    if (effect.type === 'look') {
      const isRunning = stored.runEndsAt !== undefined;
      this.#on({ type: 'looked', jobId: 1, tickAt: effect.tickAt, isRunning });
      return;
    }
    if (effect.type === 'startQueued') {
      if (stored.queuedTickAt === tick) {
        stored.queuedTickAt = undefined;
        this.#run(tick);
      }
    } else if (tick > stored.lastTickAt) {
      stored.lastTickAt = tick;
      stored.queuedTickAt = effect.type === 'passTick' ? effect.queuedTickAt?.getTime() : undefined;
      if (effect.type === 'startRun') this.#run(tick);
    }
    this.#on({ type: 'done', job: this.#job() });
  }

  #run(tick: number): void {
    this.stored.ticksRun.push(tick);
    this.stored.runEndsAt = this.now + this.runMs;
  }

  #job(): ScheduledJob {
    const { lastTickAt, queuedTickAt } = this.stored;
    return {
      id: 1,
      createdAt: new Date(START),
      schedule: this.#schedule,
      lastTickAt: new Date(lastTickAt),
      ...(queuedTickAt !== undefined && { queuedTickAt: new Date(queuedTickAt) }),
    };
  }
}

describe('the scheduler', () => {
  test('runs a job at each of its ticks', () => {
    const world = new World('0 */6 * * *');
    world.start();
    world.pass(24 * HOUR);

    expect(world.runs).toEqual(['01-01T06:00', '01-01T12:00', '01-01T18:00', '01-02T00:00']);
  });

  test('runs a job that is due every second, every second', () => {
    const world = new World('* * * * * *');
    world.runMs = 100;
    world.start();
    world.pass(10_000);

    expect(world.stored.ticksRun).toHaveLength(10);
  });

  test('lets ticks go that passed while the hub was away', () => {
    const world = new World('0 * * * *');
    world.start();
    world.pass(90 * MINUTE);
    world.die();
    world.pass(5 * HOUR);
    world.start();
    world.pass(HOUR);

    expect(world.runs).toEqual(['01-01T01:00', '01-01T07:00']);
  });

  test('runs once for all ticks that passed while the hub was away, if the job says so', () => {
    const world = new World('0 * * * *', 'skip', 'once');
    world.start();
    world.pass(90 * MINUTE);
    world.die();
    world.pass(5 * HOUR);
    world.start();
    world.pass(HOUR);

    expect(world.runs).toEqual(['01-01T01:00', '01-01T06:00', '01-01T07:00']);
  });

  test('takes a tick for on time that passed less than a minute ago', () => {
    const world = new World('0 * * * *');
    world.start();
    world.pass(59 * MINUTE);
    world.die();
    world.pass(90_000);
    world.start();

    expect(world.runs).toEqual(['01-01T01:00']);
  });

  test('lets a tick go while the last run is under way', () => {
    const world = new World('0 * * * *');
    world.runMs = 150 * MINUTE;
    world.start();
    world.pass(5 * HOUR);

    expect(world.runs).toEqual(['01-01T01:00', '01-01T04:00']);
  });

  test('keeps one tick waiting until the last run ends, if the job says so', () => {
    const world = new World('0 * * * *', 'queue');
    world.runMs = 150 * MINUTE;
    world.start();
    world.pass(3 * HOUR + 40 * MINUTE);

    expect(world.runs).toEqual(['01-01T01:00', '01-01T03:00']);
    expect(world.stored.runEndsAt).toBe(START + 6 * HOUR);
  });

  test('remembers the waiting tick when the hub dies', () => {
    const world = new World('0 * * * *', 'queue');
    world.runMs = 90 * MINUTE;
    world.start();
    world.pass(2 * HOUR + 10 * MINUTE);
    world.die();
    world.pass(10 * MINUTE);
    world.stored.runEndsAt = undefined;
    world.start();

    expect(world.runs).toEqual(['01-01T01:00', '01-01T02:00']);
  });

  test('repeats nothing when the clock is set back', () => {
    const world = new World('0 * * * *');
    world.start();
    world.pass(3 * HOUR + MINUTE);
    world.setClock(START + 30 * MINUTE);
    world.pass(4 * HOUR);

    expect(world.runs).toEqual(['01-01T01:00', '01-01T02:00', '01-01T03:00', '01-01T04:00']);
  });

  test('sees within a minute that the clock was set forward', () => {
    const world = new World('0 * * * *', 'skip', 'once');
    world.start();
    world.pass(10 * MINUTE);
    world.setClock(START + 5 * HOUR + 10 * MINUTE);
    world.pass(MINUTE);

    expect(world.runs).toEqual(['01-01T05:00']);
  });

  test('rests after a failure of the database, and tries again', () => {
    const state = initialSchedulerState();
    const context = (ms: number) => ({ now: new Date(START + ms), nextTick, latestTick });
    const schedule = { cron: '0 * * * *', timeZone: 'UTC', overlap: 'skip', missed: 'once' } as const;
    const job = { id: 1, createdAt: new Date(START), schedule };
    stepScheduler(state, { type: 'jobsAppeared', jobs: [job] }, context(0));
    const due = stepScheduler(state, { type: 'woken' }, context(HOUR)).effects;
    const failed = stepScheduler(state, { type: 'undone', jobId: 1 }, context(HOUR)).effects;

    const again = stepScheduler(state, { type: 'woken' }, context(HOUR + 5_000)).effects;

    expect(due).toContainEqual({ type: 'look', jobId: 1, tickAt: new Date(START + HOUR) });
    expect(failed).toEqual([{ type: 'wakeAt', at: new Date(START + HOUR + 5_000) }]);
    expect(again).toContainEqual({ type: 'look', jobId: 1, tickAt: new Date(START + HOUR) });
  });

  test('runs no tick twice and none too early, whatever happens to hub and clock', () => {
    const happening = fc.oneof(
      fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 600 }) }),
      fc.record({ kind: fc.constant('die' as const), minutes: fc.integer({ min: 0, max: 600 }) }),
      fc.record({ kind: fc.constant('jump' as const), minutes: fc.integer({ min: -600, max: 600 }) }),
      fc.record({ kind: fc.constant('slow' as const), minutes: fc.integer({ min: 1, max: 300 }) }),
    );
    const policies = fc.tuple(
      fc.constantFrom<OverlapPolicy>('skip', 'queue'),
      fc.constantFrom<MissedTickPolicy>('skip', 'once'),
    );
    fc.assert(
      fc.property(policies, fc.array(happening, { maxLength: 40 }), ([overlap, missed], happenings) => {
        const world = new World('0 * * * *', overlap, missed);
        let latest = START;
        world.start();
        for (const { kind, minutes } of happenings) {
          if (kind === 'pass') world.pass(minutes * MINUTE);
          else if (kind === 'slow') world.runMs = minutes * MINUTE;
          else if (kind === 'jump') world.setClock(Math.max(START, world.now + minutes * MINUTE));
          else {
            world.die();
            world.pass(minutes * MINUTE);
            world.start();
          }
          latest = Math.max(latest, world.now);
        }
        const { ticksRun } = world.stored;
        expect(new Set(ticksRun).size).toBe(ticksRun.length);
        expect(ticksRun.every((tick) => tick % HOUR === 0 && tick > START && tick <= latest)).toBe(true);
        expect(ticksRun).toEqual(ticksRun.toSorted((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });

  test('runs every tick of a year in which nothing goes wrong', () => {
    const world = new World('30 2 * * 1-5');
    world.start();
    world.pass(365 * 24 * HOUR);

    const weekdays = Array.from({ length: 365 }, (_, day) => new Date(START + day * 24 * HOUR).getUTCDay());
    expect(world.stored.ticksRun).toHaveLength(weekdays.filter((day) => day >= 1 && day <= 5).length);
  });
});
