import { making, tells, thingAt } from './changes.ts';
import type { Life } from './life.ts';

/** Makes API keys, and revokes two of three. */
export function* keyLife(): Life {
  for (let turn = 1; ; turn += 1) {
    const name = `key-${turn}`;
    const made = yield making({
      collection: 'keys',
      body: { name, scope: 'run' },
      action: 'key.created',
      isOfThis: (event) => event.object?.name === name,
      shown: { name, scope: 'run', isRevoked: false },
    });
    if (turn % 3 === 0) continue;
    const { id, path } = thingAt('keys', made);
    yield {
      kind: 'change',
      request: { method: 'POST', path: `${path}/revoke` },
      success: 204,
      repeated: 204,
      isToldBy: (event) => tells(event, 'key.revoked', id),
      note: (ledger) => ledger.note(path, { isRevoked: true }),
    };
  }
}
