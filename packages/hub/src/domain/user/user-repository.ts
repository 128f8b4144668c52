import type { User } from './user.ts';

export type NewUser = Pick<User, 'email' | 'role' | 'passwordHash'>;

export interface UserRepository {
  count(): Promise<number>;
  getById(id: number): Promise<User | undefined>;
  /** E-mail addresses compare without case. */
  getByEmail(email: string): Promise<User | undefined>;
  /** @throws FerryError CONFLICT when the address is taken. */
  create(user: NewUser): Promise<User>;
}
