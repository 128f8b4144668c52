import { randomBytes } from 'node:crypto';
import { randomSecret, SECRET_PATTERN } from './credential-secret.ts';

const REFRESH_TOKEN = new RegExp(`^frr_([0-9a-f]{32})_${SECRET_PATTERN}$`);

/** A name for a sign-in: unguessable, but no secret. */
export function newSignInId(): string {
  return randomBytes(16).toString('hex');
}

/** `frr_<sign-in>_<secret>`: it names its sign-in, so that an old one is known for what it is (ATTACKS.md A14). */
export function newRefreshToken(signInId: string): string {
  return `frr_${signInId}_${randomSecret()}`;
}

/** The sign-in that a refresh token names; undefined for what is no refresh token. */
export function signInIdOf(refreshToken: string): string | undefined {
  return REFRESH_TOKEN.exec(refreshToken)?.[1];
}
