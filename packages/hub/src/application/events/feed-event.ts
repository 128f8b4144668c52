import type { Agent } from '../../domain/agent/agent.ts';
import type { Job } from '../../domain/job/job.ts';
import type { Run } from '../../domain/run/run.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';

/** What somebody can ask to hear of. */
export const feedKinds = ['run', 'transfer', 'agent', 'job'] as const;
export type FeedKind = (typeof feedKinds)[number];

/** What is told, as the database had it when the round began. */
export type FeedEvent =
  /** Whatever was read before may be outdated: read it again. The first event of every subscription. */
  | { readonly name: 'reset' }
  | { readonly name: 'runChanged'; readonly run: Run }
  | { readonly name: 'transferChanged'; readonly transfer: Transfer }
  /** Many transfers of the run changed. */
  | { readonly name: 'transfersChanged'; readonly runId: number; readonly ownerId: number }
  | { readonly name: 'agentChanged'; readonly agent: Agent }
  | { readonly name: 'agentRemoved'; readonly agentId: number }
  | { readonly name: 'jobChanged'; readonly job: Job }
  | { readonly name: 'jobRemoved'; readonly jobId: number; readonly ownerId: number };

export type FeedEventName = FeedEvent['name'];

/** What an event is about; undefined: everything. */
export function kindOf({ name }: FeedEvent): FeedKind | undefined {
  return kinds[name];
}

const kinds: Readonly<Record<FeedEventName, FeedKind | undefined>> = {
  reset: undefined,
  runChanged: 'run',
  transferChanged: 'transfer',
  transfersChanged: 'transfer',
  agentChanged: 'agent',
  agentRemoved: 'agent',
  jobChanged: 'job',
  jobRemoved: 'job',
};

/** Of two events with the same key the newer one says all that the older one said. */
export function keyOf(event: FeedEvent): string {
  switch (event.name) {
    case 'reset':
      return 'reset';
    case 'runChanged':
      return `run ${event.run.id}`;
    case 'transferChanged':
      return `transfer ${event.transfer.id}`;
    case 'transfersChanged':
      return `transfers of run ${event.runId}`;
    case 'agentChanged':
      return `agent ${event.agent.id}`;
    case 'agentRemoved':
      return `agent ${event.agentId}`;
    case 'jobChanged':
      return `job ${event.job.id}`;
    case 'jobRemoved':
      return `job ${event.jobId}`;
  }
}
