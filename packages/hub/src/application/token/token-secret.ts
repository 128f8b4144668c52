import { hash, randomBytes } from 'node:crypto';

/** Tells a Ferryline agent token from other secrets: for people, and for scanners that look for leaked ones. */
const MARK = 'fla_';
const SECRET_BYTES = 32;
const SECRET = /^fla_[A-Za-z0-9_-]{43}$/;
/** The mark and six more characters tell tokens apart, and leave 220 bits unknown. */
const PREFIX_LENGTH = 10;

/** A new secret: 256 random bits, which no guess and no table will find, so that one SHA-256 protects it at rest. */
export function newSecret(): string {
  return MARK + randomBytes(SECRET_BYTES).toString('base64url');
}

export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

/** What is stored of a secret: its SHA-256, hexadecimal. */
export function secretHash(secret: string): string {
  return hash('sha256', secret);
}

/** What may be shown of a secret. */
export function secretPrefix(secret: string): string {
  return secret.slice(0, PREFIX_LENGTH);
}
