import type { GrantRepository } from '../../domain/agent/grant-repository.ts';
import { exhaustive } from '../../domain/common/errors.ts';
import { can } from '../auth/can.ts';
import type { Principal } from '../auth/principal.ts';
import type { FeedEvent } from './feed-event.ts';

/**
 * Whether the principal may read what the event tells of, by the same rule as the routes (ATTACKS.md A22). Grants are asked for at
 * this moment: one that was taken back opens nothing.
 */
export async function mayHear(principal: Principal, event: FeedEvent, grants: GrantRepository): Promise<boolean> {
  if (event.name !== 'agentChanged') return mayHearOfOwned(principal, event);
  if (can(principal, 'read', { kind: 'agent', grant: undefined })) return true;
  const grant = await grants.get(event.agent.id, principal.userId);
  return can(principal, 'read', { kind: 'agent', grant });
}

/** The same for everything that nobody is given a grant for. */
export function mayHearOfOwned(principal: Principal, event: Exclude<FeedEvent, { name: 'agentChanged' }>): boolean {
  switch (event.name) {
    case 'reset':
      return true;
    case 'runChanged':
      return can(principal, 'read', { kind: 'run', ownerId: event.run.userId });
    case 'transferChanged':
      return can(principal, 'read', { kind: 'transfer', ownerId: event.transfer.userId });
    case 'transfersChanged':
      return can(principal, 'read', { kind: 'transfer', ownerId: event.ownerId });
    case 'agentRemoved':
      // Its grants are gone with it.
      return can(principal, 'read', { kind: 'hub' });
    case 'jobChanged':
      return can(principal, 'read', { kind: 'job', ownerId: event.job.userId });
    case 'jobRemoved':
      return can(principal, 'read', { kind: 'job', ownerId: event.ownerId });
    default:
      return exhaustive(event);
  }
}
