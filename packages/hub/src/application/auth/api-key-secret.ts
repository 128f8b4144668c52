import { crc32 } from 'node:zlib';
import { randomSecret, SECRET_PATTERN } from './credential-secret.ts';

/** Tells a Ferryline API key from other secrets: for people, and for scanners that look for leaked ones. */
const MARK = 'frk_';
const CHECKSUM_LENGTH = 6;
const API_KEY = new RegExp(`^(${MARK}${SECRET_PATTERN})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`);
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The mark and six more characters tell keys apart, and leave 220 bits unknown. */
const PREFIX_LENGTH = 10;

/** `frk_`, 256 random bits, and a checksum of both, by which a leaked key is told from a mistyped one without asking a hub. */
export function newApiKeySecret(): string {
  const body = MARK + randomSecret();
  return body + checksum(body);
}

/** Whether the text means to be an API key, well formed or not. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith(MARK);
}

/** Whether it is one: all there, and nothing mistyped. */
export function isApiKeySecret(text: string): boolean {
  const [, body, sum] = API_KEY.exec(text) ?? [];
  return body !== undefined && sum === checksum(body);
}

/** What may be shown of a key. */
export function apiKeyPrefix(secret: string): string {
  return secret.slice(0, PREFIX_LENGTH);
}

/** CRC-32 in base 62, which needs six digits. */
function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  while (text.length < CHECKSUM_LENGTH) {
    text = (DIGITS[rest % DIGITS.length] ?? '') + text;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}
