import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FerryError } from '@ferryline/engine';
import { parseFingerprint } from './fingerprint.ts';

/**
 * By what a hub's certificate is known: an authority of the system, an authority of one's own (PEM, and no other then), or the very
 * certificate by its fingerprint. There is no fourth.
 */
export type HubTrust =
  | { readonly kind: 'system' }
  | { readonly kind: 'authority'; readonly pem: string }
  | { readonly kind: 'pin'; readonly fingerprint: string };

/** What a person says of it; at most one of the two. */
export interface TrustSettings {
  /** A PEM file with the certificates of authorities. */
  readonly caFile?: string | undefined;
  /** The fingerprint of the hub's certificate. */
  readonly pin?: string | undefined;
}

/** @throws FerryError VALIDATION when both are given, the file cannot be read or holds no certificate, or the pin is no fingerprint. */
export async function readHubTrust({ caFile, pin }: TrustSettings): Promise<HubTrust> {
  if (caFile !== undefined && pin !== undefined) {
    throw new FerryError(
      'VALIDATION',
      'A hub is known by its authority (--ca, FERRY_CA_FILE) or by its pinned certificate (--pin, FERRY_PIN): give one of the two.',
    );
  }
  if (pin !== undefined) return { kind: 'pin', fingerprint: parseFingerprint(pin) };
  if (caFile === undefined) return { kind: 'system' };
  return { kind: 'authority', pem: await readAuthorities(caFile) };
}

async function readAuthorities(file: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8');
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    const errno = cause instanceof Error && 'errno' in cause && 'code' in cause ? String(cause.code) : undefined;
    const problem = errno === undefined ? 'holds no certificate in PEM' : `cannot be read (${errno})`;
    throw new FerryError('VALIDATION', `The file ${file} after --ca (FERRY_CA_FILE) ${problem}.`, { cause });
  }
}
