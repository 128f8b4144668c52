import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { FerryError } from '@ferryline/engine';
import type { CertificateFiles } from './certificate-pair.ts';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

const YEARS = 10;
/** How late the clock of an agent may be. */
const DAY_MS = 24 * 60 * 60 * 1000;
/** What a listening address says when it means every one. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export function ownCertificateFiles(dataDir: string): CertificateFiles {
  return { certFile: join(dataDir, 'tls-certificate.pem'), keyFile: join(dataDir, 'tls-key.pem') };
}

/**
 * The hub's self-signed certificate, made when there is none: good for ten years, for this machine's name, for `localhost`, the
 * loopback addresses and the address that the hub listens on. To get another, remove both files: agents that pin it must then learn
 * the new one.
 *
 * @throws FerryError INTERNAL when the data directory cannot be written.
 */
export function ensureOwnCertificate(dataDir: string, host: string, now: Date): CertificateFiles {
  const files = ownCertificateFiles(dataDir);
  if (existsSync(files.certFile)) return files;
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + YEARS);
  const names = [hostname(), 'localhost', '127.0.0.1', '::1', ...(ANY_ADDRESS.has(host) ? [] : [host])];
  const { key, certificate } = makeSelfSignedCertificate({
    names: [...new Set(names)],
    from: new Date(now.getTime() - DAY_MS),
    until,
  });
  try {
    // The certificate comes last: where it is, its key is. One that a crash left alone is replaced.
    publish(files.keyFile, key, 0o600);
    publish(files.certFile, certificate, 0o644);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FerryError('INTERNAL', `The hub's own certificate cannot be written to ${dataDir}: ${reason}.`, {
      cause,
    });
  }
  return files;
}

/** The name shows the whole file or none, whatever crashes when. */
function publish(file: string, text: string, mode: number): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, text, { mode, flag: 'wx', flush: true });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(dirname(file));
}

function syncDirectory(path: string): void {
  // Windows opens no directories.
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
