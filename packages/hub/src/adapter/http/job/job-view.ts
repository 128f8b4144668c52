import type { z } from 'zod';
import type { AgentService } from '../../../application/agent/agent-service.ts';
import type { JobService } from '../../../application/job/job-service.ts';
import type { UserService } from '../../../application/user/user-service.ts';
import type { Job } from '../../../domain/job/job.ts';
import { jobJson, type jobSchema } from './job-json.ts';

type JobJson = z.infer<typeof jobSchema>;

export interface JobViewDependencies {
  readonly agents: AgentService;
  readonly jobs: JobService;
  readonly users: UserService;
}

/** Jobs as answers show them, with the names of what they refer to: one query for the agents of all, one for their owners. */
export class JobView {
  readonly #agents: AgentService;
  readonly #jobs: JobService;
  readonly #users: UserService;

  constructor({ agents, jobs, users }: JobViewDependencies) {
    this.#agents = agents;
    this.#jobs = jobs;
    this.#users = users;
  }

  /** How to show each of these jobs. */
  async of(jobs: readonly Job[]): Promise<(job: Job) => JobJson> {
    const agents = await this.#agents.getMany(jobs.flatMap((job) => [job.source.agentId, job.destination.agentId]));
    const users = await this.#users.getMany(jobs.map((job) => job.userId));
    return (job) => jobJson(job, { agents, users, nextAt: this.#jobs.nextTime(job) });
  }

  async one(job: Job): Promise<JobJson> {
    const show = await this.of([job]);
    return show(job);
  }
}
