import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCron, changesOfClocks, expectedTicks } from '../independent-ticks.ts';
import { SimulatedHub } from '../simulated-hub.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The three days around a change of clocks, in milliseconds. */
function daysAround(date: string, timeZone: string): { readonly from: number; readonly until: number } {
  const day = Temporal.PlainDate.from(date);
  const from = day.subtract({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds;
  return { from, until: day.add({ days: 2 }).toZonedDateTime(timeZone).epochMilliseconds };
}

describe.each(changesOfClocks)('F68: a hub that lives through the changes of clocks in $timeZone', (zone) => {
  const { timeZone } = zone;
  const date = fc.constantFrom(zone.spring, zone.autumn);

  test('runs a job at the ticks of an independent calculation, each once', () => {
    fc.assert(
      fc.property(date, anyCron(), (day, cron) => {
        const { from, until } = daysAround(day, timeZone);
        const hub = new SimulatedHub(from - 1, { cron, timeZone });
        hub.runMs = 1;

        hub.start();
        hub.pass(until - from);

        expect(hub.stored.ticksRun).toEqual(expectedTicks(cron, timeZone, from, until));
      }),
      { numRuns: 8 },
    );
  });

  test('runs it once for what it missed while it was away over the change', () => {
    fc.assert(
      fc.property(date, anyCron(), fc.integer({ min: 1, max: 20 }), (day, cron, awayHours) => {
        const { from, until } = daysAround(day, timeZone);
        const diesAt = from + 20 * 60 * MINUTE;
        const backAt = diesAt + awayHours * 60 * MINUTE;
        const hub = new SimulatedHub(from - 1, { cron, timeZone, missed: 'once' });
        hub.runMs = 1;

        hub.start();
        hub.pass(diesAt - from);
        hub.die();
        hub.pass(backAt - diesAt);
        hub.start();
        hub.pass(until - backAt);

        const expected = expectedTicks(cron, timeZone, from, until);
        const missed = expected.filter((tick) => tick >= diesAt && tick < backAt);
        expect(hub.stored.ticksRun).toEqual(expected.filter((tick) => !missed.slice(0, -1).includes(tick)));
      }),
      { numRuns: 8 },
    );
  });

  test('runs a job whose line names seconds at that second of the same minutes', () => {
    fc.assert(
      fc.property(date, fc.constantFrom('30', '*/15', '0'), fc.integer({ min: 0, max: 59 }), (day, minutes, second) => {
        const cron = `${minutes} * * * *`;
        const { from, until } = daysAround(day, timeZone);
        const hub = new SimulatedHub(from - 1, { cron: `${second} ${cron}`, timeZone });
        hub.runMs = 1;

        hub.start();
        hub.pass(until - from);

        const expected = expectedTicks(cron, timeZone, from, until).map((tick) => tick + second * SECOND);
        expect(hub.stored.ticksRun).toEqual(expected);
      }),
      { numRuns: 3 },
    );
  });
});
