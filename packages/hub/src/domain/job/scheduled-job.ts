import type { Job } from './job.ts';
import type { Schedule } from './schedule.ts';

/** A job that runs by itself. */
export type ScheduledJob = Job & { readonly status: 'active'; readonly schedule: Schedule };

/** Whether the job runs by itself: it has a schedule, and is not paused. */
export function isScheduled(job: Job): job is ScheduledJob {
  return job.status === 'active' && job.schedule !== undefined;
}
