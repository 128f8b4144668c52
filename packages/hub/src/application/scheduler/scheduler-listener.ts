import type { Job } from '../../domain/job/job.ts';

/** Hears of every change to a job; the database says so already. */
export interface SchedulerListener {
  /** The job was made or changed, in whatever way. */
  jobChanged(job: Job): void;
  jobRemoved(jobId: number): void;
}
