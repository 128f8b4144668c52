import { randomBytes } from 'node:crypto';
import { randomSecret, SECRET_PATTERN } from './credential-secret.ts';

const REFRESH_TOKEN = new RegExp(`^frr_([0-9a-f]{32})_(${SECRET_PATTERN})_${SECRET_PATTERN}$`);

/** What a refresh token says of itself. */
export interface RefreshTokenClaim {
  readonly signInId: string;
  /** The secret that all refresh tokens of one sign-in share: who shows it holds, or held, one of them. */
  readonly family: string;
}

/** A name for a sign-in: unguessable, but no secret. */
export function newSignInId(): string {
  return randomBytes(16).toString('hex');
}

/**
 * `frr_<sign-in>_<family>_<secret>`. The family proves that an old one was once given out, whichever it was: the name alone, which
 * others may see, proves nothing (ATTACKS.md A14, A16).
 */
export function newRefreshToken({ signInId, family }: RefreshTokenClaim): string {
  return `frr_${signInId}_${family}_${randomSecret()}`;
}

/** Undefined for what is no refresh token. */
export function refreshTokenClaim(refreshToken: string): RefreshTokenClaim | undefined {
  const [, signInId, family] = REFRESH_TOKEN.exec(refreshToken) ?? [];
  return signInId === undefined || family === undefined ? undefined : { signInId, family };
}
