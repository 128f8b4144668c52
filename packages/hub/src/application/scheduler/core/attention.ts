import type { SchedulerState, WatchedJob } from './state.ts';

/** Nobody sleeps or rests longer: clocks jump, and a jump is seen no later than this. */
export const LONGEST_REST_MS = 60_000;

/** When the next job needs attention, but no later than in a minute. */
export function nextWakeUp(state: SchedulerState, now: Date): Date {
  let wakeAtMs = now.getTime() + LONGEST_REST_MS;
  for (const watched of state.jobs.values()) wakeAtMs = Math.min(wakeAtMs, attentionAtMs(watched, now));
  return new Date(Math.max(wakeAtMs, now.getTime()));
}

/** Whether the job needs attention now: a tick of it is due, or waits. */
export function needsAttention(watched: WatchedJob, now: Date): boolean {
  return attentionAtMs(watched, now) <= now.getTime();
}

/** Whether the tick that waits is worth a look: no run was found under way lately, or its end was told. */
export function looksForQueued({ job, looksAgainAt }: WatchedJob, now: Date): boolean {
  return job.queuedTickAt !== undefined && restMs(looksAgainAt, now) <= now.getTime();
}

/** Milliseconds since 1970. */
function attentionAtMs(watched: WatchedJob, now: Date): number {
  const { job, nextTickAt, isBusy, restsUntil, looksAgainAt } = watched;
  if (isBusy) return Number.POSITIVE_INFINITY;
  const dueMs = nextTickAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const queuedMs = job.queuedTickAt === undefined ? Number.POSITIVE_INFINITY : restMs(looksAgainAt, now);
  return Math.max(Math.min(dueMs, queuedMs), restMs(restsUntil, now));
}

/** A rest that would be longer than any was begun before the clock was set back: it is over. */
function restMs(until: Date | undefined, now: Date): number {
  const untilMs = until?.getTime() ?? 0;
  return untilMs - now.getTime() > LONGEST_REST_MS ? 0 : untilMs;
}
