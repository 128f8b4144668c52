import type { ScheduledJob } from '../../../domain/job/scheduled-job.ts';

/** What the scheduler knows of a job. */
export type WatchedFacts = Pick<
  ScheduledJob,
  'id' | 'version' | 'schedule' | 'lastTickAt' | 'queuedTickAt' | 'createdAt'
>;

/** What happened, as the scheduler core hears of it. */
export type SchedulerEvent =
  /** These jobs run by themselves: at the start, all of them, some at a time; later, one that was made or changed. */
  | { readonly type: 'jobsAppeared'; readonly jobs: readonly WatchedFacts[] }
  /** The job was removed or paused, or lost its schedule. */
  | { readonly type: 'jobDisappeared'; readonly jobId: number }
  | { readonly type: 'woken' }
  /** The answer to `look`. */
  | { readonly type: 'looked'; readonly jobId: number; readonly tickAt: Date; readonly isRunning: boolean }
  /** What was asked for is done, or somebody else had done it: the job as the database has it now. */
  | { readonly type: 'done'; readonly job: WatchedFacts }
  /** The database did not take it: to be tried again. */
  | { readonly type: 'undone'; readonly jobId: number }
  | { readonly type: 'runEnded'; readonly jobId: number };

/** What the scheduler core wants done. Of one job nothing more is asked for until the answer is there. */
export type SchedulerEffect =
  /** Is a run of the job under way? Answered by `looked` or `undone`. */
  | { readonly type: 'look'; readonly jobId: number; readonly tickAt: Date }
  /** Start the run of a tick; with it, every tick up to this one is dealt with, one that waits included. Answered by `done` or `undone`. */
  | { readonly type: 'startRun'; readonly jobId: number; readonly tickAt: Date }
  /** Start the run of the tick that waits, unless somebody took it. Answered by `done` or `undone`. */
  | { readonly type: 'startQueued'; readonly jobId: number; readonly tickAt: Date }
  /** Let every tick up to this one go; `queuedTickAt` waits from now on. Answered by `done` or `undone`. */
  | {
      readonly type: 'passTick';
      readonly jobId: number;
      readonly tickAt: Date;
      readonly queuedTickAt: Date | undefined;
    }
  /** Send `woken` at this moment, and not at the one asked for before. */
  | { readonly type: 'wakeAt'; readonly at: Date };
