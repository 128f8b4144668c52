import { changing, making, removing, thingAt } from './changes.ts';
import type { Life } from './life.ts';

/** Invites users, disables them under another address, and removes two of three. */
export function* userLife(): Life {
  for (let turn = 1; ; turn += 1) {
    const email = `user-${turn}@example.test`;
    const made = yield making({
      collection: 'users',
      body: { email, role: 'user' },
      action: 'user.created',
      isOfThis: (event) => event.object?.name === email,
      shown: { email, role: 'user', disabled: false, isInvited: true },
    });
    const fields = { email: `renamed-${email}`, disabled: true };
    const changed = yield changing({
      thing: thingAt('users', made),
      body: fields,
      action: 'user.changed',
      // Who is somebody else by now was not invited.
      shown: { ...fields, isInvited: false },
    });
    if (turn % 3 === 0) continue;
    yield removing({ thing: thingAt('users', changed), action: 'user.removed' });
  }
}
