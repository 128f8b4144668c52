import { FerryError } from '../../domain/common/errors.ts';
import { can } from '../auth/can.ts';
import type { Principal } from '../auth/principal.ts';
import type { Repositories } from '../store/store.ts';

/** The agents between which files move. */
export interface Ends {
  readonly sourceAgentId: number;
  readonly destinationAgentId: number;
}

/**
 * Requires the right to copy from one agent to the other, as the principal has it at this moment (ATTACKS.md A23): what they were
 * allowed when the job or run was made does not count. They know the agents of what is theirs: that one is no longer shared with
 * them is said as it is, where a stranger would hear that there is none.
 *
 * @throws FerryError FORBIDDEN that names the agent.
 */
export async function requireEnds(repositories: Repositories, principal: Principal, ends: Ends): Promise<void> {
  await requireEnd(repositories, principal, ends.sourceAgentId, 'run');
  await requireEnd(repositories, principal, ends.destinationAgentId, 'fill');
}

/** Whether `requireEnds` would let it pass. */
export async function mayMove({ grants }: Repositories, principal: Principal, ends: Ends): Promise<boolean> {
  const source = await grants.get(ends.sourceAgentId, principal.userId);
  const destination = await grants.get(ends.destinationAgentId, principal.userId);
  return (
    can(principal, 'run', { kind: 'agent', grant: source }) &&
    can(principal, 'fill', { kind: 'agent', grant: destination })
  );
}

async function requireEnd(
  { agents, grants }: Repositories,
  principal: Principal,
  agentId: number,
  action: 'run' | 'fill',
): Promise<void> {
  const grant = await grants.get(agentId, principal.userId);
  if (can(principal, action, { kind: 'agent', grant })) return;
  const agent = await agents.getById(agentId);
  const how = grant === undefined ? 'no longer shared' : 'shared for reading only';
  throw new FerryError(
    'FORBIDDEN',
    `Agent ${agent?.name ?? agentId} is ${how} with ${principal.email}. Ask an administrator.`,
  );
}
