import type { Schedule } from '../../../domain/job/schedule.ts';
import type { ScheduledJob, SchedulerEffect, SchedulerEvent } from './events.ts';
import type { SchedulerState, WatchedJob } from './state.ts';

/** A tick that is so late is still on time: a hub restarts within that. */
const ON_TIME_MS = 60_000;
/** Never sleep longer: clocks jump, and a jump forward is seen no later than this. */
const LONGEST_SLEEP_MS = 60_000;
const REST_AFTER_FAILURE_MS = 5_000;

export interface SchedulerContext {
  readonly now: Date;
  /** The first tick after a moment. */
  readonly nextTick: (schedule: Schedule, after: Date) => Date | undefined;
  /** The latest tick at or before a moment. */
  readonly latestTick: (schedule: Schedule, at: Date) => Date | undefined;
}

/**
 * The deciding part of the scheduler: which tick becomes a run, which waits, and which is let go. Does no I/O. Owns `state` and
 * changes it in place.
 *
 * Invariant: a tick at or before a job's `lastTickAt` is dealt with, whatever the clock says by now. The database guards it, so that
 * of two hubs, or two lives of one, only one deals with a tick.
 */
export function stepScheduler(
  state: SchedulerState,
  event: SchedulerEvent,
  context: SchedulerContext,
): { state: SchedulerState; effects: SchedulerEffect[] } {
  const effects = apply(state, event, context);
  effects.push({ type: 'wakeAt', at: nextWakeUp(state, context.now) });
  return { state, effects };
}

function apply(state: SchedulerState, event: SchedulerEvent, context: SchedulerContext): SchedulerEffect[] {
  switch (event.type) {
    case 'jobsAppeared':
      return event.jobs.flatMap((job) => watch(state, job, context));
    case 'jobDisappeared':
      state.jobs.delete(event.jobId);
      return [];
    case 'woken':
      return [...state.jobs.values()].flatMap((watched) => proceed(state, watched, context));
    case 'looked':
      return onLooked(state, event, context);
    case 'done':
      return state.jobs.has(event.job.id) ? watch(state, event.job, context) : [];
    case 'undone':
      return onUndone(state, event.jobId, context);
    case 'runEnded': {
      const watched = state.jobs.get(event.jobId);
      if (watched === undefined) return [];
      if (watched.isBusy) state.jobs.set(event.jobId, { ...watched, hasEnded: true });
      return proceed(state, watched, context);
    }
  }
}

/** Takes a job in, or its new shape, and does for it what is due. What was asked for before is answered in vain. */
function watch(state: SchedulerState, job: ScheduledJob, context: SchedulerContext): SchedulerEffect[] {
  const after = job.lastTickAt ?? job.createdAt;
  const nextTickAt = context.nextTick(job.schedule, after);
  const watched: WatchedJob = { job, nextTickAt, isBusy: false, hasEnded: false, restsUntil: undefined };
  state.jobs.set(job.id, watched);
  return proceed(state, watched, context);
}

/** What the job needs now: a due tick first, then the one that waits. */
function proceed(state: SchedulerState, watched: WatchedJob, context: SchedulerContext): SchedulerEffect[] {
  const { job, isBusy, restsUntil } = watched;
  if (isBusy || (restsUntil !== undefined && restsUntil > context.now)) return [];
  const effect = dueTick(watched, context) ?? queuedTick(watched);
  if (effect !== undefined)
    state.jobs.set(job.id, { ...watched, isBusy: true, hasEnded: false, restsUntil: undefined });
  return effect === undefined ? [] : [effect];
}

function dueTick({ job, nextTickAt }: WatchedJob, { now, latestTick }: SchedulerContext): SchedulerEffect | undefined {
  if (nextTickAt === undefined || nextTickAt > now) return undefined;
  // One run for all that passed since: the latest tick stands for them.
  const latest = latestTick(job.schedule, now);
  const tickAt = latest === undefined || latest < nextTickAt ? nextTickAt : latest;
  const isOnTime = now.getTime() - tickAt.getTime() <= ON_TIME_MS;
  if (isOnTime || job.schedule.missed === 'once') return { type: 'look', jobId: job.id, tickAt };
  return { type: 'passTick', jobId: job.id, tickAt, queuedTickAt: job.queuedTickAt };
}

function queuedTick({ job }: WatchedJob): SchedulerEffect | undefined {
  return job.queuedTickAt && { type: 'look', jobId: job.id, tickAt: job.queuedTickAt };
}

function onLooked(
  state: SchedulerState,
  { jobId, tickAt, isRunning }: Extract<SchedulerEvent, { type: 'looked' }>,
  context: SchedulerContext,
): SchedulerEffect[] {
  const watched = state.jobs.get(jobId);
  if (watched === undefined || !watched.isBusy) return [];
  const { schedule, queuedTickAt } = watched.job;
  const isQueued = queuedTickAt?.getTime() === tickAt.getTime();
  if (!isRunning) return [{ type: isQueued ? 'startQueued' : 'startRun', jobId, tickAt }];
  if (isQueued) {
    // Its turn has not come: the end of the run will say so, or has said so just now.
    const waiting = { ...watched, isBusy: false };
    state.jobs.set(jobId, waiting);
    return watched.hasEnded ? proceed(state, waiting, context) : [];
  }
  return [{ type: 'passTick', jobId, tickAt, queuedTickAt: schedule.overlap === 'queue' ? tickAt : undefined }];
}

function onUndone(state: SchedulerState, jobId: number, { now }: SchedulerContext): SchedulerEffect[] {
  const watched = state.jobs.get(jobId);
  if (watched === undefined) return [];
  const restsUntil = new Date(now.getTime() + REST_AFTER_FAILURE_MS);
  state.jobs.set(jobId, { ...watched, isBusy: false, restsUntil });
  return [];
}

function nextWakeUp(state: SchedulerState, now: Date): Date {
  let wakeAt = now.getTime() + LONGEST_SLEEP_MS;
  for (const { nextTickAt, isBusy, restsUntil } of state.jobs.values()) {
    if (isBusy || nextTickAt === undefined) continue;
    wakeAt = Math.min(wakeAt, Math.max(nextTickAt.getTime(), restsUntil?.getTime() ?? 0));
  }
  return new Date(Math.max(wakeAt, now.getTime()));
}
