import { FerryError } from '../../domain/common/errors.ts';
import { isActive, type User } from '../../domain/user/user.ts';
import type { UserRepository } from '../../domain/user/user-repository.ts';

/** Whether a change takes an administrator away from those who can act. */
export function isLessAdministrator(before: User, after: User): boolean {
  return before.role === 'admin' && isActive(before) && (after.role !== 'admin' || !isActive(after));
}

/**
 * Nobody could manage the hub any more without an administrator. To be called after the change and behind the chain's lock, in the
 * transaction that throwing undoes: so two administrators cannot remove each other at once.
 *
 * @throws FerryError CONFLICT when `changed` was the last one.
 */
export async function requireAdministrator(users: UserRepository, changed: User): Promise<void> {
  if ((await users.countActiveAdministrators()) > 0) return;
  throw new FerryError(
    'CONFLICT',
    `${changed.email} is the last active administrator. Make another one first, who has set their password.`,
  );
}
