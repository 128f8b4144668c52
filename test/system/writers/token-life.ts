import { making, removing, tells, thingAt } from './changes.ts';
import type { Life } from './life.ts';

/** Makes tokens, each with an agent that there was not, revokes them, and removes two of three agents with their tokens. */
export function* tokenLife(): Life {
  for (let turn = 1; ; turn += 1) {
    const name = `token-${turn}`;
    const made = yield making({
      collection: 'tokens',
      body: { agent: name },
      action: 'token.created',
      isOfThis: (event) => event.details.agent === name,
      shown: { agent: name, isRevoked: false },
      alsoNote: (ledger, { body }) => ledger.note(`agents/${agentOf(body)}`, { name, description: '', labels: [] }),
    });
    const { id, path } = thingAt('tokens', made);
    // To revoke it again would be another event.
    yield {
      kind: 'change',
      request: { method: 'POST', path: `${path}/revoke` },
      success: 204,
      isToldBy: (event) => tells(event, 'token.revoked', id),
      note: (ledger) => ledger.note(path, { isRevoked: true }),
    };
    if (turn % 3 === 0) continue;
    const agent = yield { kind: 'look', path: `agents/${agentOf(made.body)}`, until: () => true };
    yield removing({
      thing: thingAt('agents', agent),
      action: 'agent.removed',
      alsoNote: (ledger) => ledger.remove(path),
    });
  }
}

function agentOf({ agent }: Readonly<Record<string, unknown>>): number {
  return (agent as { id: number }).id;
}
