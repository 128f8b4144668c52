import type { RunOptions } from '../run/run.ts';
import type { JobType } from './job-type.ts';
import type { Schedule } from './schedule.ts';
import type { Selection } from './selection.ts';

/** A paused job does not run by itself; people may still run it. */
export const jobStatuses = ['active', 'paused'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** One end of a job: an agent, and a path on it as people write it. It becomes a place with each run, under the roots of that moment. */
export interface JobEndpoint {
  readonly agentId: number;
  readonly path: string;
}

/** A standing order: from where, to where, when, under which rules. */
export interface Job {
  readonly id: number;
  /** The owner: runs happen with the rights that they have at that moment. */
  readonly userId: number;
  /** Unique among the jobs of its owner. */
  readonly name: string;
  readonly type: JobType;
  readonly source: JobEndpoint;
  readonly destination: JobEndpoint;
  readonly selection: Selection;
  readonly options: RunOptions;
  readonly schedule?: Schedule;
  readonly status: JobStatus;
  /** The latest tick of the schedule that was dealt with, run or let go: no earlier one runs any more, whatever the clock does. */
  readonly lastTickAt?: Date;
  /** A tick that waits for the job's last run to end. */
  readonly queuedTickAt?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Grows with each change that a person makes. */
  readonly version: number;
}

export type NewJob = Pick<
  Job,
  'userId' | 'name' | 'type' | 'source' | 'destination' | 'selection' | 'options' | 'schedule' | 'status' | 'lastTickAt'
>;

/** What a person may change of a job; null takes the schedule away, what is absent stays. */
export type JobChanges = Partial<
  Pick<Job, 'name' | 'type' | 'source' | 'destination' | 'selection' | 'options' | 'status' | 'lastTickAt'>
> & { readonly schedule?: Schedule | null };
