import type { Page, PageRequest } from '../common/page.ts';
import type { SignIn } from './sign-in.ts';

export type NewSignIn = Omit<SignIn, 'revokedAt'>;

/** A refresh: the new token in place of the one that was shown. */
export interface Rotation {
  readonly refreshHash: string;
  readonly at: Date;
  readonly expiresAt: Date;
}

export interface SignInRepository {
  /** Those of a user that are valid at that moment, newest first. */
  listByUser(userId: number, at: Date, page: PageRequest): Promise<Page<SignIn>>;
  getById(id: string): Promise<SignIn | undefined>;
  create(signIn: NewSignIn): Promise<SignIn>;
  /** Replaces the refresh token if `shownHash` is the one that is good now and the sign-in was not revoked; else returns false. */
  rotate(id: string, shownHash: string, rotation: Rotation): Promise<boolean>;
  /** Returns whether it was valid until now. */
  revoke(id: string, at: Date): Promise<boolean>;
  /** Revokes all of a user, but the one to spare; returns how many. */
  revokeByUser(userId: number, at: Date, spare?: string): Promise<number>;
  /** Removes what ended before that moment. */
  deleteEndedBefore(moment: Date): Promise<void>;
}
