/** An agent's credential. The secret is shown once and kept only as a SHA-256. */
export interface Token {
  readonly id: number;
  readonly agentId: number;
  readonly name: string;
  /** The first characters of the secret, for telling tokens apart. */
  readonly prefix: string;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  readonly lastUsedAt?: Date;
}

/** Whether the token opens a session at that moment. */
export function isTokenValid(token: Token, at: Date): boolean {
  return token.revokedAt === undefined && (token.expiresAt === undefined || token.expiresAt > at);
}
