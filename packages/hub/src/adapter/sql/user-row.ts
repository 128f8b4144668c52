import type { Selectable, Updateable } from 'kysely';
import type { User } from '../../domain/user/user.ts';
import type { UserChanges } from '../../domain/user/user-repository.ts';
import type { UserTable } from './schema.ts';

/** Stands for the password of somebody who has none yet: the hash of nothing. */
export const NO_PASSWORD = '';

export function userFrom(row: Selectable<UserTable>): User {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    ...(row.password_hash !== NO_PASSWORD && { passwordHash: row.password_hash }),
    ...(row.invited_until !== null && { invitedUntil: new Date(row.invited_until) }),
    ...(row.disabled_at !== null && { disabledAt: new Date(row.disabled_at) }),
    createdAt: new Date(row.created_at),
    version: row.revision,
  };
}

/** The columns that a change writes. */
export function userChangeColumns({ email, role, disabledAt, invitation }: UserChanges): Updateable<UserTable> {
  return {
    ...(email !== undefined && { email: email.toLowerCase() }),
    ...(role !== undefined && { role }),
    ...(disabledAt !== undefined && { disabled_at: disabledAt === null ? null : disabledAt.getTime() }),
    ...(invitation === null && { invitation_hash: null, invited_until: null }),
  };
}
