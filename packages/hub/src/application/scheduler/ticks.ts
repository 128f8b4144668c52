import { FerryError } from '../../domain/common/errors.ts';
import type { Schedule } from '../../domain/job/schedule.ts';
import { WallClock } from './wall-clock.ts';

/** When a schedule is due, in the words of a cron line and a time zone. docs/schedules.md says what happens when clocks change. */
export type When = Pick<Schedule, 'cron' | 'timeZone'>;

/** Fields of numbers, names, `*`, `,`, `-` and `/`; or a nickname. What some crons add (L, W, #, ?) is not the same in any two. */
const CRON =
  /^(?:[0-9A-Za-z*,/-]+(?: +[0-9A-Za-z*,/-]+){4,5}|@(?:yearly|annually|monthly|weekly|daily|midnight|hourly))$/;
const EXTENSIONS = /(?:^|[\s,\d])[LW](?:$|[\s,])/i;
const FIELDS = 'Write five fields (minute, hour, day of month, month, day of week), or six with the second first';

/**
 * Whether a schedule can be kept.
 *
 * @throws FerryError VALIDATION for a zone that does not exist, a line that is no cron line, and one that is never due.
 */
export function checkWhen(when: When): void {
  requireTimeZone(when.timeZone);
  const shown = when.cron.slice(0, 100);
  if (!CRON.test(when.cron.trim()) || EXTENSIONS.test(when.cron)) {
    throw new FerryError('VALIDATION', `"${shown}" is no schedule. ${FIELDS}, as in "30 2 * * 1-5".`);
  }
  let next: Date | undefined;
  try {
    next = nextTick(when, new Date());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^CronPattern: /, '') : String(cause);
    throw new FerryError('VALIDATION', `"${shown}" is no schedule: ${reason}. ${FIELDS}.`, { cause });
  }
  if (next === undefined) throw new FerryError('VALIDATION', `The schedule "${shown}" is never due.`);
}

/** The first tick after a moment; undefined when there is none any more. */
export function nextTick({ cron, timeZone }: When, after: Date): Date | undefined {
  return new WallClock(cron.trim(), timeZone).next(after);
}

/** The latest tick at or before a moment; undefined when there was none. */
export function latestTick({ cron, timeZone }: When, at: Date): Date | undefined {
  return new WallClock(cron.trim(), timeZone).latest(at);
}

/** The next ticks after a moment, at most so many. */
export function nextTicks({ cron, timeZone }: When, after: Date, count: number): readonly Date[] {
  const clock = new WallClock(cron.trim(), timeZone);
  const ticks: Date[] = [];
  for (let tick = clock.next(after); tick !== undefined && ticks.length < count; tick = clock.next(tick)) {
    ticks.push(tick);
  }
  return ticks;
}

function requireTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new FerryError(
      'VALIDATION',
      `"${timeZone.slice(0, 64)}" is no time zone. Write one of the IANA names, as in Europe/Berlin or UTC.`,
      { cause },
    );
  }
}
