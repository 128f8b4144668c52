import { FerryError } from '../../domain/common/errors.ts';
import type { Schedule } from '../../domain/job/schedule.ts';
import { WallClock } from './wall-clock.ts';

/** When a schedule is due, in the words of a cron line and a time zone. docs/schedules.md says what happens when clocks change. */
export type When = Pick<Schedule, 'cron' | 'timeZone'>;

/** A value, a name, or `*`; then what makes ranges, steps and lists of them. What some crons add (L, W, #, ?) is not the same in any two. */
const NAME = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat';
const FIELD = `(?:[0-9*,/-]|${NAME})+`;
const NICKNAME = '@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)';
const CRON = new RegExp(`^(?:${FIELD}(?:[ \\t]+${FIELD}){4,5}|${NICKNAME})$`, 'i');
const ADVICE =
  'Write five fields (minute, hour, day of month, month, day of week), or six with the second first, as in "30 2 * * 1-5".';

/**
 * Whether a schedule can be kept.
 *
 * @throws FerryError VALIDATION for a zone that does not exist, a line that is no cron line, and one that is never due.
 */
export function checkWhen(when: When): void {
  requireTimeZone(when.timeZone);
  requireReadable(when);
  if (nextTick(when, new Date()) === undefined) {
    throw new FerryError('VALIDATION', `The schedule "${shown(when)}" is never due.`);
  }
}

/** @throws FerryError VALIDATION for a line that is no cron line. */
export function requireReadable(when: When): void {
  if (!CRON.test(when.cron.trim())) throw new FerryError('VALIDATION', `"${shown(when)}" is no schedule. ${ADVICE}`);
  try {
    new WallClock(when.cron, when.timeZone);
  } catch (cause) {
    const reason =
      cause instanceof Error ? cause.message.replace(/^CronPattern: /, '').replace(/\.+$/, '') : String(cause);
    throw new FerryError('VALIDATION', `"${shown(when)}" is no schedule: ${reason}. ${ADVICE}`, { cause });
  }
}

/** The first tick after a moment; undefined when there is none any more. */
export function nextTick({ cron, timeZone }: When, after: Date): Date | undefined {
  return new WallClock(cron, timeZone).next(after);
}

/** The latest tick at or before a moment; undefined when there was none. */
export function latestTick({ cron, timeZone }: When, at: Date): Date | undefined {
  return new WallClock(cron, timeZone).latest(at);
}

/** The next ticks after a moment, at most so many. */
export function nextTicks({ cron, timeZone }: When, after: Date, count: number): readonly Date[] {
  const clock = new WallClock(cron, timeZone);
  const ticks: Date[] = [];
  for (let tick = clock.next(after); tick !== undefined && ticks.length < count; tick = clock.next(tick)) {
    ticks.push(tick);
  }
  return ticks;
}

function shown({ cron }: When): string {
  return cron.slice(0, 100);
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
