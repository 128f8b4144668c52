import fc from 'fast-check';

/** When a schedule is due, found in another way than the product finds it: by looking at every minute. For tests. */

/** Zones that change their clocks in every way there is: by an hour, by half an hour, in the other half of the year, never. */
export const changesOfClocks = [
  { timeZone: 'Europe/Berlin', spring: '2026-03-29', autumn: '2026-10-25' },
  { timeZone: 'America/New_York', spring: '2026-03-08', autumn: '2026-11-01' },
  { timeZone: 'Australia/Lord_Howe', spring: '2026-10-04', autumn: '2026-04-05' },
  { timeZone: 'Asia/Kathmandu', spring: '2026-03-29', autumn: '2026-10-25' },
  { timeZone: 'Africa/Casablanca', spring: '2026-03-22', autumn: '2026-02-15' },
];

/** Minutes and hours of any kind, which decide what happens when clocks change; and now and then a restriction of days. */
export function anyCron(): fc.Arbitrary<string> {
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
export function expectedTicks(cron: string, timeZone: string, fromMs: number, untilMs: number): number[] {
  const [minute = '', hour = ''] = cron.split(' ');
  const matches = matcherOf(cron);
  const isStarred = minute.startsWith('*') || hour.startsWith('*');
  const ticks = new Set<number>();
  const seen = new Set<string>();
  let before = wallAt(fromMs - 60_000, timeZone);
  for (let ms = fromMs; ms < untilMs; ms += 60_000) {
    const wall = wallAt(ms, timeZone);
    // The first minute after a gap: what the wall never showed runs now.
    let skipped = before.add({ minutes: 1 });
    while (!isStarred && Temporal.PlainDateTime.compare(skipped, wall) < 0) {
      if (matches(skipped)) ticks.add(ms);
      skipped = skipped.add({ minutes: 1 });
    }
    before = wall;
    if (!matches(wall)) continue;
    if (!isStarred && seen.has(wall.toString())) continue;
    seen.add(wall.toString());
    ticks.add(ms);
  }
  return [...ticks].toSorted((a, b) => a - b);
}

function wallAt(ms: number, timeZone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDateTime();
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
