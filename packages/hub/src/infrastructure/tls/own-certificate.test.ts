import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCertificatePair } from './certificate-pair.ts';
import { ensureOwnCertificate } from './own-certificate.ts';

const now = new Date('2026-03-04T05:06:07Z');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-tls-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the hub's own certificate", () => {
  test('is made once, for this machine and the address it listens on, for ten years', () => {
    const files = ensureOwnCertificate(folder, '192.0.2.7', now);
    const pair = readCertificatePair(files, now);

    const certificate = new X509Certificate(pair.cert);
    for (const name of [hostname(), 'localhost']) expect(certificate.checkHost(name), name).toBeDefined();
    for (const address of ['127.0.0.1', '::1', '192.0.2.7'])
      expect(certificate.checkIP(address), address).toBeDefined();
    expect(pair.validUntil).toEqual(new Date('2036-03-04T05:06:07Z'));
    expect(ensureOwnCertificate(folder, '192.0.2.8', now)).toEqual(files);
    expect(readCertificatePair(files, now)).toEqual(pair);
    expect(readdirSync(folder).sort()).toEqual(['tls-certificate.pem', 'tls-key.pem']);
  });

  test('is good for an agent whose clock is an hour late', () => {
    const files = ensureOwnCertificate(folder, '0.0.0.0', now);
    expect(readCertificatePair(files, new Date(now.getTime() - 3_600_000)).cert).toBeDefined();
    expect(new X509Certificate(readFileSync(files.certFile)).subjectAltName).not.toContain('0.0.0.0');
  });

  test.skipIf(process.platform === 'win32')('has a key that its account alone can read', () => {
    const { keyFile } = ensureOwnCertificate(folder, '::', now);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  });

  test('takes the place of what a crash between key and certificate left', () => {
    const files = ensureOwnCertificate(folder, '::', now);
    const left = readFileSync(files.keyFile, 'utf8');
    rmSync(files.certFile);

    const pair = readCertificatePair(ensureOwnCertificate(folder, '::', now), now);

    expect(pair.key).not.toBe(left);
  });

  test('says where it cannot be written', () => {
    expect(() => ensureOwnCertificate(join(folder, 'nowhere'), '::', now)).toThrow(
      /cannot be written to .*nowhere.*ENOENT/,
    );
  });
});
