import type { UserRole } from '../../domain/user/user.ts';

/** Who asks: a signed-in person. */
export interface Principal {
  readonly userId: number;
  readonly role: UserRole;
  readonly email: string;
}

/** Whose things the principal may see: their own, or everybody's (undefined) for an administrator. */
export function visibleUserId({ role, userId }: Principal): number | undefined {
  return role === 'admin' ? undefined : userId;
}
