export interface AccessToken {
  readonly accessToken: string;
  readonly expiresAt: Date;
}

/** Whom an access token speaks for, and which sign-in it was issued in: when that one ends, so does the token. */
export interface AccessClaims {
  readonly userId: number;
  readonly signInId: string;
}

/** What a signed-in person shows with every request. */
export interface AccessTokens {
  /** A token that is good from `at` on, for a few minutes. */
  issue(claims: AccessClaims, at: Date): Promise<AccessToken>;

  /**
   * What a token was issued for. Says nothing of whether the sign-in still holds.
   *
   * @throws FerryError UNAUTHENTICATED when it was forged, altered or has expired.
   */
  verify(accessToken: string, at: Date): Promise<AccessClaims>;
}
