import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkWhen, latestTick, nextTick, nextTicks } from './ticks.ts';

/** Zones that change their clocks in every way there is: by an hour, by half an hour, in the other half of the year, never. */
const zones = [
  { timeZone: 'Europe/Berlin', spring: '2026-03-29', autumn: '2026-10-25' },
  { timeZone: 'America/New_York', spring: '2026-03-08', autumn: '2026-11-01' },
  { timeZone: 'Australia/Lord_Howe', spring: '2026-10-04', autumn: '2026-04-05' },
  { timeZone: 'Asia/Kathmandu', spring: '2026-03-29', autumn: '2026-10-25' },
  { timeZone: 'Africa/Casablanca', spring: '2026-03-22', autumn: '2026-02-15' },
];

describe('ticks over a change of clocks', () => {
  test.each([
    ['one that names an hour that does not come runs once, right after the gap', '30 2 * * *', '2026-03-29T01:00:00Z'],
    ['one at the first minute after the gap runs then', '0 3 * * *', '2026-03-29T01:00:00Z'],
    ['one that names an hour that comes twice runs the first time', '30 2 * * *', '2026-10-25T00:30:00Z'],
  ])('%s', (_what, cron, expected) => {
    const day = expected.slice(0, 10);
    const from = new Date(`${day}T00:00:00Z`).getTime() - 2 * 3_600_000;

    const ticks = ticksBetween({ cron, timeZone: 'Europe/Berlin' }, from, from + 24 * 3_600_000);

    expect(ticks).toEqual([new Date(expected).getTime()]);
  });

  test.each(['0 * * * *', '@hourly'])('%s runs in each hour that really passes', (cron) => {
    const from = new Date('2026-10-24T22:00:00Z').getTime();

    expect(ticksBetween({ cron, timeZone: 'Europe/Berlin' }, from - 1, from + 25 * 3_600_000)).toHaveLength(25);
  });

  test('one that begins with a star does not run in an hour that does not come, and runs in both that look alike', () => {
    const cron = '*/30 2 * * *';
    const day = (date: string) => {
      const from = new Date(`${date}T00:00:00Z`).getTime();
      return ticksBetween({ cron, timeZone: 'Europe/Berlin' }, from - 1, from + 20 * 3_600_000);
    };

    expect(day('2026-03-29')).toEqual([]);
    expect(day('2026-10-25').map((ms) => new Date(ms).toISOString().slice(11, 16))).toEqual([
      '00:00',
      '00:30',
      '01:00',
      '01:30',
    ]);
  });

  test.each(zones)('are those of an independent calculation in $timeZone', ({ timeZone, spring, autumn }) => {
    fc.assert(
      fc.property(fc.constantFrom(spring, autumn), anyCron(), (date, cron) => {
        const day = Temporal.PlainDate.from(date);
        const from = day.subtract({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds;
        const until = day.add({ days: 2 }).toZonedDateTime(timeZone).epochMilliseconds;

        expect(ticksBetween({ cron, timeZone }, from - 1, until)).toEqual(expectedTicks(cron, timeZone, from, until));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a schedule', () => {
  test.each([
    '* * * * *',
    '*/15 9-17 * * 1-5',
    '30 2 1,15 * *',
    '0 0 3 * * *',
    '0 12 * jan-mar mon',
    '0 0 29 2 *',
    '0\t0 * * MON-FRI',
    '@daily',
    '@Hourly',
  ])('%s can be kept', (cron) => {
    expect(() => checkWhen({ cron, timeZone: 'UTC' })).not.toThrow();
  });

  test.each([
    ['', 'UTC', /"" is no schedule\. Write five fields/],
    ['* * * *', 'UTC', /is no schedule/],
    ['61 * * * *', 'UTC', /is no schedule/],
    ['0 0 L * *', 'UTC', /is no schedule/],
    ['0 0 * * 5#2', 'UTC', /is no schedule/],
    ['0 0 15W * *', 'UTC', /is no schedule/],
    ['0 0 LW * *', 'UTC', /is no schedule/],
    ['0 0 ? * 1', 'UTC', /is no schedule/],
    ['0 0 1 1 * 2030-2031 7', 'UTC', /is no schedule/],
    ['@reboot', 'UTC', /is no schedule/],
    ['22-2 * * * *', 'UTC', /is no schedule: From value is larger/],
    ['0 0 31 4,6,9,11 *', 'UTC', /is never due/],
    ['0 0 30 2 *', 'UTC', /"0 0 30 2 \*" is never due/],
    ['* * * * *', 'Europe/Bärlin', /"Europe\/Bärlin" is no time zone/],
    ['* * * * *\0', 'UTC', /is no schedule/],
  ])('%j in %s cannot be kept', (cron, timeZone, sentence) => {
    expect(() => checkWhen({ cron, timeZone })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', message: expect.stringMatching(sentence) }),
    );
  });

  test.each([
    ['either day when both are named', '0 0 13 * 5', ['01-02', '01-09', '01-13', '01-16']],
    ['both days when one begins with a star', '0 0 */2 * 1', ['01-05', '01-19', '02-09', '02-23']],
    ['the one day that is named', '0 0 * * 1', ['01-05', '01-12', '01-19', '01-26']],
  ])('is due on %s', (_what, cron, days) => {
    const next = nextTicks({ cron, timeZone: 'UTC' }, new Date('2026-01-01T00:00:00Z'), 4);

    expect(next.map((each) => each.toISOString().slice(5, 10))).toEqual(days);
  });

  test('is known five times ahead', () => {
    const next = nextTicks({ cron: '30 2 * * 1', timeZone: 'Europe/Berlin' }, new Date('2026-03-20T00:00:00Z'), 5);

    expect(next.map((each) => each.toISOString())).toEqual([
      '2026-03-23T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
      '2026-04-06T00:30:00.000Z',
      '2026-04-13T00:30:00.000Z',
      '2026-04-20T00:30:00.000Z',
    ]);
  });

  test('has a latest tick, which is the one of this very second', () => {
    const when = { cron: '*/10 * * * *', timeZone: 'UTC' };

    expect(latestTick(when, new Date('2026-05-04T12:10:00.000Z'))).toEqual(new Date('2026-05-04T12:10:00Z'));
    expect(latestTick(when, new Date('2026-05-04T12:09:59.999Z'))).toEqual(new Date('2026-05-04T12:00:00Z'));
  });

  test('looks back to the same ticks as it looks forward to', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        anyCron(),
        fc.integer({ min: 0, max: 400 * 86_400 }),
        (zone, cron, offset) => {
          const when = { cron, timeZone: zone.timeZone };
          const at = new Date(Date.UTC(2026, 0, 1) + offset * 1_000);
          const next = nextTick(when, at);

          expect(next && latestTick(when, next)).toEqual(next);
          expect(next && latestTick(when, new Date(next.getTime() - 1))?.getTime()).not.toBe(next?.getTime());
        },
      ),
      { numRuns: 200 },
    );
  });
});

function ticksBetween(when: { cron: string; timeZone: string }, fromMs: number, untilMs: number): number[] {
  const ticks: number[] = [];
  let at = nextTick(when, new Date(fromMs));
  while (at !== undefined && at.getTime() < untilMs) {
    ticks.push(at.getTime());
    at = nextTick(when, at);
  }
  return ticks;
}

/** Minutes and hours of any kind, which decide what happens when clocks change; and now and then a restriction of days. */
function anyCron(): fc.Arbitrary<string> {
  const minute = fc.oneof(
    fc.integer({ min: 0, max: 59 }).map(String),
    fc.constantFrom('*', '*/15', '*/30', '0,30', '10-40/10', '5,*/20'),
  );
  const hour = fc.oneof(
    fc.integer({ min: 0, max: 4 }).map(String),
    fc.constantFrom('*', '1-3', '*/2', '2,3', '0-4/2', '0-23'),
  );
  const dayOfMonth = fc.constantFrom('*', '*', '*', '*/2', '1-15', '29,25,4,5,8,22');
  const month = fc.constantFrom('*', '*', '*', '2-4', '10,11');
  const dayOfWeek = fc.constantFrom('*', '*', '*', '0', '6-7', '*/2', '1-5');
  return fc.tuple(minute, hour, dayOfMonth, month, dayOfWeek).map((fields) => fields.join(' '));
}

/**
 * The rule, minute by minute: a schedule that names minute and hour is read on the clock on the wall, runs once for a time that
 * comes twice (the first time), and right after a gap for what fell into it; one that begins with a star follows the time that passes.
 */
function expectedTicks(cron: string, timeZone: string, fromMs: number, untilMs: number): number[] {
  const [minute = '', hour = ''] = cron.split(' ');
  const matches = matcherOf(cron);
  const isStarred = minute.startsWith('*') || hour.startsWith('*');
  const ticks = new Set<number>();
  const seen = new Set<string>();
  for (let ms = fromMs; ms < untilMs; ms += 60_000) {
    const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
    const before = Temporal.Instant.fromEpochMilliseconds(ms - 60_000).toZonedDateTimeISO(timeZone);
    const wall = local.toPlainDateTime();
    if (!isStarred && wall.since(before.toPlainDateTime()).total('minutes') > 1) {
      // The first minute after a gap: what the wall never showed runs now.
      for (
        let skipped = before.toPlainDateTime().add({ minutes: 1 });
        Temporal.PlainDateTime.compare(skipped, wall) < 0;
      ) {
        if (matches(skipped)) ticks.add(ms);
        skipped = skipped.add({ minutes: 1 });
      }
    }
    if (!matches(wall)) continue;
    if (!isStarred && seen.has(wall.toString())) continue;
    seen.add(wall.toString());
    ticks.add(ms);
  }
  return [...ticks].toSorted((a, b) => a - b);
}

/** Whether a clock on the wall shows what a line of five fields names, as crontab(5) has it. */
function matcherOf(cron: string): (wall: Temporal.PlainDateTime) => boolean {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = cron.split(' ');
  const minutes = fieldValues(minute, 0, 59);
  const hours = fieldValues(hour, 0, 23);
  const daysOfMonth = fieldValues(dayOfMonth, 1, 31);
  const months = fieldValues(month, 1, 12);
  const daysOfWeek = new Set([...fieldValues(dayOfWeek, 0, 6)].map((day) => day % 7));
  const needsBoth = dayOfMonth.startsWith('*') || dayOfWeek.startsWith('*');
  return (wall) => {
    if (!minutes.has(wall.minute) || !hours.has(wall.hour) || !months.has(wall.month)) return false;
    const days = [daysOfMonth.has(wall.day), daysOfWeek.has(wall.dayOfWeek % 7)];
    return needsBoth ? days.every(Boolean) : days.some(Boolean);
  };
}

function fieldValues(field: string, min: number, max: number): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [first = '0', last = first] = range === '*' ? [String(min), String(max)] : range.split('-');
    for (let value = Number(first); value <= Number(last); value += Number(step)) values.add(value);
  }
  return values;
}
