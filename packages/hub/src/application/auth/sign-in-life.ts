const DAY_MS = 24 * 60 * 60_000;
const IDLE_DAYS = 30;
const LONGEST_DAYS = 90;

/** When a sign-in that begins now ends, whatever happens. */
export function latestEnd(begunAt: Date): Date {
  return new Date(begunAt.getTime() + LONGEST_DAYS * DAY_MS);
}

/** When a sign-in that is used now ends if it is not used again. */
export function idleEnd(usedAt: Date, endsAt: Date): Date {
  return new Date(Math.min(usedAt.getTime() + IDLE_DAYS * DAY_MS, endsAt.getTime()));
}
