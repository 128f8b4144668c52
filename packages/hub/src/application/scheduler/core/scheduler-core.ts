import type { Schedule } from '../../../domain/job/schedule.ts';
import { LONGEST_REST_MS, looksForQueued, needsAttention, nextWakeUp } from './attention.ts';
import type { SchedulerEffect, SchedulerEvent, WatchedFacts } from './events.ts';
import type { SchedulerState, WatchedJob } from './state.ts';

/** A tick that is so late is still on time: a hub restarts within that. */
const ON_TIME_MS = 60_000;
const REST_AFTER_FAILURE_MS = 5_000;
/** Thousands of jobs may be due at the same moment. Each costs a calculation, and between two steps others have their turn. */
export const MAX_JOBS_PER_STEP = 100;

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
      return event.jobs.flatMap((job) => onAppeared(state, job, context));
    case 'jobDisappeared':
      state.jobs.delete(event.jobId);
      return [];
    case 'woken':
      return onWoken(state, context);
    case 'looked':
      return onLooked(state, event, context);
    case 'done':
      return onDone(state, event.job, context);
    case 'undone':
      return onUndone(state, event.jobId, context);
    case 'runEnded':
      return onRunEnded(state, event.jobId, context);
  }
}

/** Those that need attention, at most so many of them: for the rest `nextWakeUp` is at once. */
function onWoken(state: SchedulerState, context: SchedulerContext): SchedulerEffect[] {
  const effects: SchedulerEffect[] = [];
  for (const watched of state.jobs.values()) {
    if (effects.length >= MAX_JOBS_PER_STEP) break;
    if (needsAttention(watched, context.now)) effects.push(...proceed(state, watched, context));
  }
  return effects;
}

/** Takes a job in, or its new shape. An answer that is on its way is waited for. */
function onAppeared(state: SchedulerState, job: WatchedFacts, context: SchedulerContext): SchedulerEffect[] {
  const known = state.jobs.get(job.id);
  if (known === undefined || !known.isBusy) return watch(state, latestVersion(job, known), context);
  const latest = latestVersion(job, known);
  state.jobs.set(job.id, { ...known, job: latest, nextTickAt: nextTickOf(latest, context) });
  return [];
}

/** The answer to the last thing asked for: the job as it is now, unless a newer version of it was told of in the meantime. */
function onDone(state: SchedulerState, job: WatchedFacts, context: SchedulerContext): SchedulerEffect[] {
  const known = state.jobs.get(job.id);
  return known === undefined ? [] : watch(state, latestVersion(job, known), context);
}

function watch(state: SchedulerState, job: WatchedFacts, context: SchedulerContext): SchedulerEffect[] {
  const watched: WatchedJob = {
    job,
    nextTickAt: nextTickOf(job, context),
    isBusy: false,
    hasEnded: false,
    restsUntil: undefined,
    looksAgainAt: undefined,
  };
  state.jobs.set(job.id, watched);
  return proceed(state, watched, context);
}

/** What the job needs now: a due tick first, then the one that waits. */
function proceed(state: SchedulerState, watched: WatchedJob, context: SchedulerContext): SchedulerEffect[] {
  if (!needsAttention(watched, context.now)) return [];
  const effect = dueTick(watched, context) ?? queuedTick(watched, context);
  if (effect === undefined) return [];
  state.jobs.set(watched.job.id, { ...watched, isBusy: true, hasEnded: false, restsUntil: undefined });
  return [effect];
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

function queuedTick(watched: WatchedJob, { now }: SchedulerContext): SchedulerEffect | undefined {
  const { id, queuedTickAt } = watched.job;
  if (queuedTickAt === undefined || !looksForQueued(watched, now)) return undefined;
  return { type: 'look', jobId: id, tickAt: queuedTickAt };
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
    const looksAgainAt = watched.hasEnded ? undefined : new Date(context.now.getTime() + LONGEST_REST_MS);
    const waiting = { ...watched, isBusy: false, looksAgainAt };
    state.jobs.set(jobId, waiting);
    return proceed(state, waiting, context);
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

function onRunEnded(state: SchedulerState, jobId: number, context: SchedulerContext): SchedulerEffect[] {
  const watched = state.jobs.get(jobId);
  if (watched === undefined) return [];
  const told: WatchedJob = { ...watched, hasEnded: watched.isBusy, looksAgainAt: undefined };
  state.jobs.set(jobId, told);
  return proceed(state, told, context);
}

/** Of two views of a job, the one of the later change; they may come in any order. */
function latestVersion(job: WatchedFacts, known: WatchedJob | undefined): WatchedFacts {
  return known !== undefined && known.job.version > job.version ? known.job : job;
}

function nextTickOf(
  { schedule, lastTickAt, createdAt }: WatchedFacts,
  { nextTick }: SchedulerContext,
): Date | undefined {
  return nextTick(schedule, lastTickAt ?? createdAt);
}
