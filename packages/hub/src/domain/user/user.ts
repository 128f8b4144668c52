export const userRoles = ['admin', 'user'] as const;
export type UserRole = (typeof userRoles)[number];

export interface User {
  readonly id: number;
  /** In lower case: addresses compare without case. */
  readonly email: string;
  readonly role: UserRole;
  /** argon2id in PHC form; never leaves the hub. Absent until the user has answered their invitation. */
  readonly passwordHash?: string;
  /** Until when an invitation (or a password reset, which is the same thing) is open. */
  readonly invitedUntil?: Date;
  /** A disabled user signs in no more, and nothing of theirs is carried out. */
  readonly disabledAt?: Date;
  readonly createdAt: Date;
  /** Grows with each change, so that two people who change the same user do not overwrite each other. */
  readonly version: number;
}

/** Whether the user may do anything at all. */
export function isActive(user: User): boolean {
  return user.disabledAt === undefined;
}
