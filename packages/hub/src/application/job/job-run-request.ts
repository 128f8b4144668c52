import type { Job } from '../../domain/job/job.ts';
import type { RunRequest } from '../run/run-service.ts';
import type { Repositories } from '../store/store.ts';

/** What a run of the job asks for; its ends by name, as people write them, so that the rights of the moment decide. */
export async function jobRunRequest(
  { agents }: Pick<Repositories, 'agents'>,
  job: Job,
): Promise<Omit<RunRequest, 'trigger'>> {
  const ends = await agents.getByIds([job.source.agentId, job.destination.agentId]);
  const nameOf = (id: number): string => ends.find((agent) => agent.id === id)?.name ?? '';
  return {
    jobId: job.id,
    type: job.type,
    source: { agent: nameOf(job.source.agentId), path: job.source.path },
    destination: { agent: nameOf(job.destination.agentId), path: job.destination.path },
    selection: job.selection,
    options: job.options,
  };
}
