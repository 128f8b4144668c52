import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type MissedTickPolicy,
  missedTickPolicies,
  type OverlapPolicy,
  overlapPolicies,
} from '../../../domain/job/schedule.ts';
import { SimulatedHub } from '../simulated-hub.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const MINUTES_OF_A_YEAR = 365 * 24 * 60;

/** Minute and hour of a tick, apart from the cron line. */
const schedules = [
  { cron: '0 * * * *', isTick: (minute: number, _hour: number) => minute === 0 },
  { cron: '*/20 8-17 * * *', isTick: (minute: number, hour: number) => minute % 20 === 0 && hour >= 8 && hour <= 17 },
  { cron: '30 2 * * *', isTick: (minute: number, hour: number) => minute === 30 && hour === 2 },
];

/** What happens to hub and clock in the course of the year, in whole minutes. */
type Happening = { readonly afterMinutes: number } & (
  | { readonly kind: 'dies'; readonly awayMinutes: number }
  | { readonly kind: 'diesAtTransaction'; readonly when: 'before' | 'after'; readonly awayMinutes: number }
  | { readonly kind: 'clockJumps'; readonly byMinutes: number }
  | { readonly kind: 'runsTake'; readonly minutes: number }
);

interface Year {
  readonly schedule: (typeof schedules)[number];
  readonly overlap: OverlapPolicy;
  readonly missed: MissedTickPolicy;
  readonly happenings: readonly Happening[];
}

const awayMinutes = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 * 24 * 60 }));
const afterMinutes = fc.integer({ min: 1, max: 4 * 24 * 60 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant('dies' as const), afterMinutes, awayMinutes }),
  fc.record({
    kind: fc.constant('diesAtTransaction' as const),
    when: fc.constantFrom('before' as const, 'after' as const),
    afterMinutes,
    awayMinutes,
  }),
  fc.record({
    kind: fc.constant('clockJumps' as const),
    byMinutes: fc.oneof(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -2_000, max: 2_000 })),
    afterMinutes,
  }),
  fc.record({
    kind: fc.constant('runsTake' as const),
    minutes: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2_000 })),
    afterMinutes,
  }),
);

const year: fc.Arbitrary<Year> = fc.record({
  schedule: fc.constantFrom(...schedules),
  overlap: fc.constantFrom(...overlapPolicies),
  missed: fc.constantFrom(...missedTickPolicies),
  happenings: fc.array(happening, { minLength: 100, maxLength: 250, size: 'max' }),
});

test('F68: a year of ticks, deaths, clock jumps and slow runs has exactly the runs that the rules name', () => {
  fc.assert(
    fc.property(year, (given) => {
      const ticksRun = simulate(given);
      expect(ticksRun).toEqual(expectedRuns(given));
      expect(new Set(ticksRun).size).toBe(ticksRun.length);
    }),
    { numRuns: 8, endOnFailure: true },
  );
}, 120_000);

/** Which happening comes in which minute of the year. */
function plotOf(happenings: readonly Happening[]): ReadonlyMap<number, Happening> {
  const plot = new Map<number, Happening>();
  let minute = 0;
  for (const each of happenings) {
    minute += each.afterMinutes;
    plot.set(minute, each);
  }
  return plot;
}

/** The runs that the scheduler core has, minute after minute. */
function simulate({ schedule: { cron }, overlap, missed, happenings }: Year): readonly number[] {
  const hub = new SimulatedHub(START, { cron, overlap, missed });
  const plot = plotOf(happenings);
  let backAt = 0;
  let awayMinutes = 0;
  hub.start();
  for (let minute = 1; minute <= MINUTES_OF_A_YEAR; minute += 1) {
    hub.pass(MINUTE - 1);
    const now = plot.get(minute);
    if (now?.kind === 'clockJumps') hub.setClock(hub.wall + now.byMinutes * MINUTE);
    if (now?.kind === 'runsTake') hub.runMs = now.minutes * MINUTE;
    if (now?.kind === 'dies' && hub.isUp) {
      hub.die();
      backAt = minute + now.awayMinutes;
    }
    if (now?.kind === 'diesAtTransaction') {
      hub.diesAtTransaction = now.when;
      awayMinutes = now.awayMinutes;
    }
    const comesBack = !hub.isUp && minute >= backAt;
    const isThere = hub.isUp || comesBack;
    hub.pass(1);
    if (comesBack) hub.start();
    if (isThere && !hub.isUp) backAt = minute + awayMinutes;
  }
  return hub.stored.ticksRun;
}

/** The runs that docs/schedules.md promises, by looking at each minute of the year for itself. */
function expectedRuns({ schedule, overlap, missed, happenings }: Year): readonly number[] {
  const plot = plotOf(happenings);
  const ticksRun: number[] = [];
  let aheadMs = 0;
  let backAt = 0;
  let dies: Extract<Happening, { kind: 'diesAtTransaction' }> | undefined;
  let runMinutes = 1;
  let runEndsAt = 0;
  let queued: number | undefined;
  let dealtWith = START;
  /** Up to here there is no tick that was not dealt with. */
  let searched = START;

  for (let minute = 1; minute <= MINUTES_OF_A_YEAR; minute += 1) {
    const now = plot.get(minute);
    if (now?.kind === 'clockJumps') aheadMs += now.byMinutes * MINUTE;
    if (now?.kind === 'runsTake') runMinutes = now.minutes;
    if (now?.kind === 'dies' && backAt <= minute - 1) backAt = minute + now.awayMinutes;
    if (now?.kind === 'diesAtTransaction') dies = now;
    if (minute < backAt) continue;

    const wall = START + minute * MINUTE + aheadMs;
    const isRunning = runEndsAt > minute;
    const run = (tick: number): void => {
      ticksRun.push(tick);
      runEndsAt = minute + runMinutes;
    };
    const transact = (work: () => void): void => {
      if (dies?.when !== 'before') work();
      if (dies !== undefined) backAt = minute + dies.awayMinutes;
      dies = undefined;
    };

    const tick = latestTickBetween(schedule, Math.max(dealtWith, searched), wall);
    if (tick !== undefined) {
      transact(() => {
        dealtWith = tick;
        if (missed === 'skip' && wall - tick > MINUTE) return;
        queued = isRunning && overlap === 'queue' ? tick : undefined;
        if (!isRunning) run(tick);
      });
      if (backAt > minute) continue;
    }
    searched = Math.max(searched, wall);
    const waiting = queued;
    if (waiting === undefined || runEndsAt > minute) continue;
    transact(() => {
      queued = undefined;
      run(waiting);
    });
  }
  return ticksRun;
}

/** The latest tick after one moment and not after another. */
function latestTickBetween({ isTick }: Year['schedule'], after: number, until: number): number | undefined {
  for (let ms = until; ms > after; ms -= MINUTE) {
    const at = new Date(ms);
    if (isTick(at.getUTCMinutes(), at.getUTCHours())) return ms;
  }
  return undefined;
}
