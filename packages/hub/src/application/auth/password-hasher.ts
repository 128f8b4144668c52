/** Turns passwords into what may be stored of them, slowly on purpose. */
export interface PasswordHasher {
  /** @throws FerryError VALIDATION for a password that is too long to be hashed; RATE_LIMITED when too many wait already. */
  hash(password: string): Promise<string>;

  /**
   * Whether the password is the one that was hashed. Without a hash the answer is no, after the same work: how long it takes must
   * not tell who exists.
   *
   * @throws FerryError VALIDATION for a password that is too long; RATE_LIMITED when too many wait already.
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;

  /** Whether the hash was made with less work than one would be made with today. */
  isOutdated(hash: string): boolean;
}
