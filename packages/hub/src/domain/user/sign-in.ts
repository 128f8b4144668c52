/**
 * One signed-in life of a user, from signing in until it expires or is ended: what a browser or a `ferry login` holds. Access tokens
 * name it, so that ending it ends them; its refresh token changes with every use.
 */
export interface SignIn {
  /** Random; a name, not a secret. */
  readonly id: string;
  readonly userId: number;
  /** SHA-256 of the refresh token that is good now, hexadecimal. */
  readonly refreshHash: string;
  /** SHA-256 of what all its refresh tokens share, hexadecimal: by it one that was replaced is known. */
  readonly familyHash: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** When it ends if it is not used: pushed on by each refresh, never beyond `endsAt`. */
  readonly expiresAt: Date;
  /** When it ends whatever happens. */
  readonly endsAt: Date;
  /** Where it was made, and with what (the User-Agent header, shortened): for people who look for what is not theirs. */
  readonly address: string;
  readonly client: string;
  readonly revokedAt?: Date;
}

/** Whether the sign-in still lets its user in. */
export function isSignInValid(signIn: SignIn, at: Date): boolean {
  return signIn.revokedAt === undefined && signIn.expiresAt > at && signIn.endsAt > at;
}
