import type { Repositories } from '../store/store.ts';
import type { FeedEvent } from './feed-event.ts';
import type { Changes } from './waiting-changes.ts';

/**
 * What changed, as it is now: read once for all who listen, with at most one query for each kind of thing. Something that is gone by
 * now has its own event, or will.
 */
export async function loadEvents(
  { runs, transfers, agents, jobs }: Repositories,
  changes: Changes,
): Promise<readonly FeedEvent[]> {
  const { runsWithManyTransfers: many } = changes;
  const [foundRuns, foundTransfers, foundAgents, foundJobs] = await Promise.all([
    runs.getByIds([...new Set([...changes.runs, ...many])]),
    transfers.getByIds([...changes.transfers]),
    agents.getByIds([...changes.agents]),
    jobs.getByIds([...changes.jobs]),
  ]);
  return [
    ...foundAgents.map((agent): FeedEvent => ({ name: 'agentChanged', agent })),
    ...[...changes.removedAgents].map((agentId): FeedEvent => ({ name: 'agentRemoved', agentId })),
    ...foundJobs.map((job): FeedEvent => ({ name: 'jobChanged', job })),
    ...[...changes.removedJobs].map(([jobId, ownerId]): FeedEvent => ({ name: 'jobRemoved', jobId, ownerId })),
    ...foundRuns.filter((run) => changes.runs.has(run.id)).map((run): FeedEvent => ({ name: 'runChanged', run })),
    ...foundRuns
      .filter((run) => many.has(run.id))
      .map((run): FeedEvent => ({ name: 'transfersChanged', runId: run.id, ownerId: run.userId })),
    ...foundTransfers.map((transfer): FeedEvent => ({ name: 'transferChanged', transfer })),
  ];
}
