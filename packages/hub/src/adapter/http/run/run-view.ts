import type { z } from 'zod';
import type { AgentService } from '../../../application/agent/agent-service.ts';
import type { JobService } from '../../../application/job/job-service.ts';
import type { Run } from '../../../domain/run/run.ts';
import { runJson, type runSchema } from './run-json.ts';

type RunJson = z.infer<typeof runSchema>;

export interface RunViewDependencies {
  readonly agents: AgentService;
  readonly jobs: JobService;
}

/** Runs as answers show them, with the names of what they refer to: one query for the agents of all, one for their jobs. */
export class RunView {
  readonly #agents: AgentService;
  readonly #jobs: JobService;

  constructor({ agents, jobs }: RunViewDependencies) {
    this.#agents = agents;
    this.#jobs = jobs;
  }

  /** How to show each of these runs. */
  async of(runs: readonly Run[]): Promise<(run: Run) => RunJson> {
    const agents = await this.#agents.getMany(runs.flatMap((run) => [run.source.agentId, run.destination.agentId]));
    const jobs = await this.#jobs.getMany(runs.flatMap((run) => run.jobId ?? []));
    return (run) => runJson(run, agents, jobs);
  }

  async one(run: Run): Promise<RunJson> {
    const show = await this.of([run]);
    return show(run);
  }
}
