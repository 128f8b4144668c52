import { changing, making, removing, thingAt } from './changes.ts';
import type { Life } from './life.ts';

/** Makes agents, renames and describes them, and removes two of three. */
export function* agentLife(): Life {
  for (let turn = 1; ; turn += 1) {
    const name = `agent-${turn}`;
    const made = yield making({
      collection: 'agents',
      body: { name, labels: ['made'] },
      action: 'agent.created',
      isOfThis: (event) => event.object?.name === name,
      shown: { name, description: '', labels: ['made'] },
    });
    const fields = { name: `${name}-renamed`, description: 'by a writer', labels: ['made', 'changed'] };
    const changed = yield changing({
      thing: thingAt('agents', made),
      body: fields,
      action: 'agent.changed',
      shown: fields,
    });
    if (turn % 3 === 0) continue;
    yield removing({ thing: thingAt('agents', changed), action: 'agent.removed' });
  }
}
