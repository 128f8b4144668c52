import type { JobRepository } from '../../domain/job/job-repository.ts';
import { standIn } from '../store/stand-in.ts';
import type { Tell } from './tell.ts';

/** Jobs, with somebody who hears of every change. Ticks that are dealt with change nothing that a job shows. */
export function announcingJobs(jobs: JobRepository, tell: Tell): JobRepository {
  return standIn(jobs, {
    async create(job) {
      const made = await jobs.create(job);
      tell((changes) => changes.jobChanged(made.id));
      return made;
    },
    async update(id, version, wanted) {
      const updated = await jobs.update(id, version, wanted);
      if (updated !== undefined) tell((changes) => changes.jobChanged(id));
      return updated;
    },
    async delete(id, version) {
      // Afterwards nobody knows any more who may hear of it.
      const job = await jobs.getById(id);
      const isDeleted = await jobs.delete(id, version);
      if (isDeleted && job !== undefined) tell((changes) => changes.jobRemoved({ id, ownerId: job.userId }));
      return isDeleted;
    },
  });
}
