import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCron, changesOfClocks, expectedTicks } from './independent-ticks.ts';
import { checkWhen, latestTick, nextTick, nextTicks } from './ticks.ts';

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

  test.each(changesOfClocks)('are those of an independent calculation in $timeZone', ({ timeZone, spring, autumn }) => {
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
        fc.constantFrom(...changesOfClocks),
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
