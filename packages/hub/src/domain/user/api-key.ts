/**
 * How much a credential lets its holder do of what its user may: `read` only looks, `run` also starts, cancels and retries, `full` is
 * everything but the account itself (passwords, sign-ins, keys), for which one signs in.
 */
export const scopes = ['read', 'run', 'full'] as const;
export type Scope = (typeof scopes)[number];

/** A personal credential for scripts. The secret is shown once and kept only as a SHA-256. */
export interface ApiKey {
  readonly id: number;
  readonly userId: number;
  readonly name: string;
  /** The first characters of the secret, for telling keys apart. */
  readonly prefix: string;
  readonly scope: Scope;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt?: Date;
  readonly lastUsedAt?: Date;
}

/** Whether the key lets its user in at that moment. */
export function isApiKeyValid(key: ApiKey, at: Date): boolean {
  return key.revokedAt === undefined && key.expiresAt > at;
}
