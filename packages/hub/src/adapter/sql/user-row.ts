import type { Selectable } from 'kysely';
import type { User } from '../../domain/user/user.ts';
import type { UserTable } from './schema.ts';

export function userFrom(row: Selectable<UserTable>): User {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    passwordHash: row.password_hash,
    createdAt: new Date(row.created_at),
  };
}
