import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;

/** What `randomSecret` looks like, for the patterns of the credentials that hold one. */
export const SECRET_PATTERN = '[A-Za-z0-9_-]{43}';

/** 256 random bits, which no guess and no table will find, so that one SHA-256 protects them at rest (ATTACKS.md A16). */
export function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** What is stored of a credential: the SHA-256 of its whole text, hexadecimal. */
export function credentialHash(credential: string): string {
  return hash('sha256', credential);
}

/** Whether two hashes are the same, in a time that does not tell how far they agree. */
export function isSameHash(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}
