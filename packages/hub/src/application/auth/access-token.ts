export interface AccessToken {
  readonly accessToken: string;
  readonly expiresAt: Date;
}

/** What a signed-in person shows with every request. */
export interface AccessTokens {
  /** A token for the user, from `at` on, for a limited time. */
  issue(userId: number, at: Date): Promise<AccessToken>;

  /** The user that a token was issued for. @throws FerryError UNAUTHENTICATED when it was forged, altered or has expired. */
  verify(accessToken: string, at: Date): Promise<number>;
}
