import { Cron } from 'croner';

const SECOND_MS = 1_000;
/** No clock was ever set back further, not even where a day was repeated by hours: see `latestOnWall`. */
const LONGEST_REPEAT_MS = 3 * 60 * 60 * SECOND_MS;

/**
 * A cron line in a time zone, by the rule of Vixie's cron (cron(8), "Daylight Saving Time and other time changes"). A line whose
 * minute or hour (or second) begins with `*` follows the time that really passes: it runs in both of two hours that the clock on the
 * wall shows alike. Any other line is read on the wall: it runs once for a time that comes twice, the first time; and what falls
 * into a gap runs right after it, once. A day must match both day fields when one of them begins with `*`, else either one (crontab(5)).
 *
 * The library says what matches on a clock without changes; this says when such a clock and ours meet.
 */
export class WallClock {
  readonly #pattern: Cron;
  readonly #timeZone: string;
  readonly #followsRealTime: boolean;

  /** @throws what croner throws for a line that is none. */
  constructor(cron: string, timeZone: string) {
    const line = cron.trim().toLowerCase();
    const { time, days } = fieldsOf(line);
    this.#pattern = new Cron(line, { paused: true, timezone: 'UTC', domAndDow: days.some(beginsWithStar) });
    this.#timeZone = timeZone;
    this.#followsRealTime = time.some(beginsWithStar);
  }

  /** The first tick after a moment; undefined when there is none any more. */
  next(after: Date): Date | undefined {
    return this.#followsRealTime ? this.#nextInRealTime(after) : this.#nextOnWall(after);
  }

  /** The latest tick at or before a moment; undefined when there was none. */
  latest(at: Date): Date | undefined {
    // Ticks fall on whole seconds.
    const second = new Date(Math.floor(at.getTime() / SECOND_MS) * SECOND_MS);
    return this.#followsRealTime ? this.#latestInRealTime(second) : this.#latestOnWall(second);
  }

  #nextOnWall(after: Date): Date | undefined {
    let wall = this.#wallAt(after);
    for (;;) {
      const match = this.#pattern.nextRun(wall);
      if (match === null) return undefined;
      const tick = this.#momentOf(match);
      // What the wall shows for the second time, or is told once for a whole gap, has had its tick.
      if (tick > after) return tick;
      wall = match;
    }
  }

  #latestOnWall(at: Date): Date | undefined {
    const change = this.#zoned(at).getTimeZoneTransition('previous');
    const sinceChangeMs = change === null ? Number.POSITIVE_INFINITY : at.getTime() - change.epochMilliseconds;
    // After the clock was set back, the wall shows less than it has shown already.
    const aheadMs = sinceChangeMs < LONGEST_REPEAT_MS ? LONGEST_REPEAT_MS : 0;
    let wall = new Date(this.#wallAt(at).getTime() + aheadMs + SECOND_MS);
    for (;;) {
      const [match] = this.#pattern.previousRuns(1, wall);
      if (match === undefined) return undefined;
      const tick = this.#momentOf(match);
      if (tick <= at) return tick;
      wall = match;
    }
  }

  #nextInRealTime(after: Date): Date | undefined {
    let from = this.#zoned(after);
    let wall = this.#wallAt(after);
    for (;;) {
      const match = this.#pattern.nextRun(wall);
      if (match === null) return undefined;
      const tickMs = match.getTime() - offsetMs(from);
      const change = from.getTimeZoneTransition('next');
      if (change === null || tickMs < change.epochMilliseconds) return new Date(tickMs);
      // From the change on the wall shows something else; a tick may fall on its very first second.
      from = change;
      wall = new Date(change.epochMilliseconds + offsetMs(change) - SECOND_MS);
    }
  }

  #latestInRealTime(at: Date): Date | undefined {
    for (let until = at; ; ) {
      const [match] = this.#pattern.previousRuns(1, new Date(this.#wallAt(until).getTime() + SECOND_MS));
      if (match === undefined) return undefined;
      const here = this.#zoned(until);
      const tickMs = match.getTime() - offsetMs(here);
      // The library looks strictly before, and a tick may fall on the very moment of the change.
      const change = here.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
      if (change === null || tickMs >= change.epochMilliseconds) return new Date(tickMs);
      until = new Date(change.epochMilliseconds - SECOND_MS);
    }
  }

  /** When the wall shows this, for the first time; when it never does, the end of the gap. */
  #momentOf(wall: Date): Date {
    const shown = Temporal.PlainDateTime.from(wall.toISOString().slice(0, -1));
    const first = shown.toZonedDateTime(this.#timeZone, { disambiguation: 'earlier' });
    if (first.toPlainDateTime().equals(shown)) return new Date(first.epochMilliseconds);
    return new Date(first.getTimeZoneTransition('next')?.epochMilliseconds ?? first.epochMilliseconds);
  }

  /** What the wall shows at a moment, as if it were UTC. */
  #wallAt(moment: Date): Date {
    return new Date(moment.getTime() + offsetMs(this.#zoned(moment)));
  }

  #zoned(moment: Date): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(this.#timeZone);
  }
}

function offsetMs({ offsetNanoseconds }: Temporal.ZonedDateTime): number {
  return offsetNanoseconds / 1e6;
}

/** The fields of a cron line for which it matters how they begin: second, minute and hour; day of month and day of week. */
function fieldsOf(cron: string): { readonly time: readonly string[]; readonly days: readonly string[] } {
  // Of the nicknames, `@hourly` alone has a star among its times, and none restricts both days.
  if (cron.startsWith('@')) return { time: cron === '@hourly' ? ['*'] : [], days: [] };
  const fields = cron.split(/[ \t]+/);
  return { time: fields.slice(0, -3), days: [...fields.slice(-3, -2), ...fields.slice(-1)] };
}

function beginsWithStar(field: string): boolean {
  return field.startsWith('*');
}
