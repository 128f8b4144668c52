import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { FerryError } from '@ferryline/engine';
import { requirePrivateKeyFile } from './key-file-mode.ts';

/** Where a certificate and its key lie. Paths are absolute. */
export interface CertificateFiles {
  /** PEM: the hub's own certificate first, then those between it and an authority. */
  readonly certFile: string;
  /** PEM, without a passphrase. */
  readonly keyFile: string;
}

/** A certificate with its key, checked: what a server needs to speak TLS. */
export interface CertificatePair {
  /** PEM, as in the file. */
  readonly cert: string;
  readonly key: string;
  /** `sha256:AB:CD:…`, of the hub's own certificate: what agents can pin. */
  readonly fingerprint: string;
  readonly validUntil: Date;
}

/**
 * Reads both files and checks that TLS can be spoken with them now.
 *
 * @throws FerryError VALIDATION that names the file, what is wrong with it, and what to do; FORBIDDEN when others may read the key.
 */
export function readCertificatePair({ certFile, keyFile }: CertificateFiles, now: Date): CertificatePair {
  const cert = readPem(certFile, 'certificate');
  const key = readKey(keyFile);
  const certificate = parseCertificate(cert, certFile);
  requireValid(certificate, certFile, now);
  if (!certificate.checkPrivateKey(parseKey(key, keyFile))) {
    throw new FerryError(
      'VALIDATION',
      `The key ${keyFile} does not belong to the certificate ${certFile}. Give the two that were made together; of a chain, the hub's own certificate comes first.`,
    );
  }
  requireUsable(cert, key, certFile);
  return { cert, key, fingerprint: `sha256:${certificate.fingerprint256}`, validUntil: certificate.validToDate };
}

function readPem(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, what, cause);
  }
}

/** Its mode is that of the very file that is read, whatever takes its name meanwhile. */
function readKey(file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (cause) {
    throw unreadable(file, 'key', cause);
  }
  try {
    requirePrivateKeyFile(file, fstatSync(descriptor));
    return readFileSync(descriptor, 'utf8');
  } catch (cause) {
    throw cause instanceof FerryError ? cause : unreadable(file, 'key', cause);
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(file: string, what: string, cause: unknown): FerryError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const advice = reason === 'ENOENT' ? 'There is no such file.' : `Let the hub's account read it (${reason}).`;
  return new FerryError('VALIDATION', `The TLS ${what} ${file} cannot be read. ${advice}`, { cause });
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new FerryError('VALIDATION', `${file} holds no certificate in PEM (-----BEGIN CERTIFICATE-----).`, { cause });
  }
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const isLocked = /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(pem);
    const problem = isLocked
      ? 'is locked with a passphrase, for which nobody can be asked. Unlock it: openssl pkey -in FILE -out FILE'
      : 'holds no private key in PEM (-----BEGIN PRIVATE KEY-----).';
    throw new FerryError('VALIDATION', `${file} ${problem}`, { cause });
  }
}

function requireValid({ validFromDate, validToDate }: X509Certificate, file: string, now: Date): void {
  if (now >= validToDate) {
    throw new FerryError(
      'VALIDATION',
      `The certificate ${file} expired on ${validToDate.toISOString()}: everybody would refuse it. Give a new one.`,
    );
  }
  if (now >= validFromDate) return;
  throw new FerryError(
    'VALIDATION',
    `The certificate ${file} is not valid before ${validFromDate.toISOString()}. Check this machine's clock, or give another.`,
  );
}

/** What OpenSSL finds fault with besides, as a key that is too short, or a broken certificate further down. */
function requireUsable(cert: string, key: string, file: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FerryError('VALIDATION', `TLS cannot be spoken with the certificate ${file}: ${reason}.`, { cause });
  }
}
