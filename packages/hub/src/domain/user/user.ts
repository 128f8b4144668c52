export type UserRole = 'admin' | 'user';

export interface User {
  readonly id: number;
  /** In lower case: addresses compare without case. */
  readonly email: string;
  readonly role: UserRole;
  /** argon2id in PHC form; never leaves the hub. */
  readonly passwordHash: string;
  readonly createdAt: Date;
}
