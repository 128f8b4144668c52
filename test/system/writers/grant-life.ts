import { making, removing, tells, thingAt } from './changes.ts';
import type { Change, Life } from './life.ts';

/** Shares agents with users, for reading, then for writing, then no longer; or removes the agent while it is shared. */
export function* grantLife(): Life {
  for (let turn = 1; ; turn += 1) {
    const name = `shared-${turn}`;
    const agent = thingAt(
      'agents',
      yield making({
        collection: 'agents',
        body: { name },
        action: 'agent.created',
        isOfThis: (event) => event.object?.name === name,
        shown: { name, description: '', labels: [] },
      }),
    );
    const email = `${name}@example.test`;
    const user = thingAt(
      'users',
      yield making({
        collection: 'users',
        body: { email, role: 'user' },
        action: 'user.created',
        isOfThis: (event) => event.object?.name === email,
        shown: { email, role: 'user', disabled: false, isInvited: true },
      }),
    );
    const grant: Grant = { agentId: agent.id, userId: user.id, email };
    yield sharing(grant, 'read');
    yield sharing(grant, 'write');
    if (turn % 3 === 0) continue;
    if (turn % 3 === 1) yield unsharing(grant);
    else yield removing({ thing: agent, action: 'agent.removed' });
  }
}

interface Grant {
  readonly agentId: number;
  readonly userId: number;
  readonly email: string;
}

/** To share it again would be another event. */
function sharing({ agentId, userId, email }: Grant, access: 'read' | 'write'): Change {
  const path = `agents/${agentId}/grants/${userId}`;
  return {
    kind: 'change',
    request: { method: 'PUT', path, body: { access } },
    success: 200,
    isToldBy: (event) => tells(event, 'agent.shared', agentId) && event.details.access === access,
    note: (ledger) => ledger.note(path, { email, access }),
  };
}

function unsharing({ agentId, userId }: Grant): Change {
  const path = `agents/${agentId}/grants/${userId}`;
  return {
    kind: 'change',
    request: { method: 'DELETE', path },
    success: 204,
    repeated: 404,
    isToldBy: (event) => tells(event, 'agent.unshared', agentId),
    note: (ledger) => ledger.remove(path),
  };
}
