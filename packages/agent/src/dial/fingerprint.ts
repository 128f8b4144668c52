import { FerryError } from '@ferryline/engine';

/**
 * A certificate's SHA-256 as the hub prints it, `sha256:AB:CD:…`; also without colons, and in small letters.
 *
 * @throws FerryError VALIDATION when it is no such thing.
 */
export function parseFingerprint(text: string): string {
  const digits = text
    .trim()
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .toUpperCase();
  if (/^[0-9A-F]{64}$/.test(digits)) return fingerprint(digits.replace(/..(?=.)/g, '$&:'));
  throw new FerryError(
    'VALIDATION',
    `--pin (FERRY_PIN) takes the fingerprint of the hub's certificate, as the hub prints it at start: sha256: and 64 hex digits, not "${text}".`,
  );
}

/** @param pairs as Node has it, `AB:CD:…` */
export function fingerprint(pairs: string): string {
  return `sha256:${pairs}`;
}
