import type { Page, PageRequest } from '../common/page.ts';
import type { Job, JobChanges, JobStatus, NewJob } from './job.ts';

export interface JobFilter {
  readonly status?: JobStatus;
  /** At either end. */
  readonly agentId?: number;
  /** Part of the name, without case. */
  readonly text?: string;
}

export interface JobRepository {
  /** Jobs of one user (of everybody when `userId` is undefined). */
  list(userId: number | undefined, filter: JobFilter, page: PageRequest<'id' | 'name'>): Promise<Page<Job>>;
  getById(id: number): Promise<Job | undefined>;
  /** Those of the jobs that exist, in no order. */
  getByIds(ids: readonly number[]): Promise<readonly Job[]>;
  getByName(userId: number, name: string): Promise<Job | undefined>;
  /** Every active job with a schedule, in order of id: what the scheduler watches. */
  listScheduled(): Promise<readonly Job[]>;
  countByUser(userId: number): Promise<number>;
  /** How many jobs have the agent at either end. */
  countByAgent(agentId: number): Promise<number>;
  /** @throws FerryError CONFLICT when the owner has a job of that name. */
  create(job: NewJob): Promise<Job>;
  /**
   * Changes a job whose version is still `version`; undefined when it is not, or there is no such job.
   *
   * @throws FerryError CONFLICT when the owner has another job of that name.
   */
  update(id: number, version: number, changes: JobChanges): Promise<Job | undefined>;
  /**
   * Notes that a tick was dealt with, and which one waits now. Returns false, and changes nothing, when a tick at or after it was
   * dealt with already: of two that try, one wins.
   */
  passTick(id: number, tickAt: Date, queuedTickAt: Date | undefined): Promise<boolean>;
  /** Takes the waiting tick away, if it is still that one; returns whether it was. */
  takeQueuedTick(id: number, tickAt: Date): Promise<boolean>;
  /**
   * Removes a job, if its version is still that one (any, when undefined); returns whether it did. Its runs stay, and no longer name it.
   */
  delete(id: number, version: number | undefined): Promise<boolean>;
}
