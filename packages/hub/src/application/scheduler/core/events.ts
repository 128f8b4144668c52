import type { Job } from '../../../domain/job/job.ts';
import type { Schedule } from '../../../domain/job/schedule.ts';

/** What the scheduler knows of a job. */
export interface ScheduledJob extends Pick<Job, 'id' | 'lastTickAt' | 'queuedTickAt' | 'createdAt'> {
  readonly schedule: Schedule;
}

/** What happened, as the scheduler core hears of it. */
export type SchedulerEvent =
  /** These jobs are active and have a schedule: at the start, all of them; later, one that was made or changed. */
  | { readonly type: 'jobsAppeared'; readonly jobs: readonly ScheduledJob[] }
  /** The job was removed or paused, or lost its schedule. */
  | { readonly type: 'jobDisappeared'; readonly jobId: number }
  | { readonly type: 'woken' }
  /** The answer to `look`. */
  | { readonly type: 'looked'; readonly jobId: number; readonly tickAt: Date; readonly isRunning: boolean }
  /** What was asked for is done, or somebody else had done it: the job as the database has it now. */
  | { readonly type: 'done'; readonly job: ScheduledJob }
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
