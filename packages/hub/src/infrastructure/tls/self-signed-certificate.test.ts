import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

const from = new Date('2026-01-02T03:04:05Z');
const until = new Date('2036-01-02T03:04:05Z');
const hasOpenSsl = spawnSync('openssl', ['version']).status === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-tls-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a self-signed certificate', () => {
  test('is for its names and addresses, for its time, and of its key', () => {
    const made = makeSelfSignedCertificate({ names: ['Hub-1.example', '10.0.0.5', '::1'], from, until });

    const certificate = new X509Certificate(made.certificate);
    expect(certificate.checkHost('hub-1.example')).toBe('hub-1.example');
    expect(certificate.checkHost('other.example')).toBeUndefined();
    expect(certificate.checkIP('10.0.0.5')).toBe('10.0.0.5');
    expect(certificate.checkIP('::1')).toBeDefined();
    expect(certificate.checkIP('10.0.0.6')).toBeUndefined();
    expect([certificate.validFromDate, certificate.validToDate]).toEqual([from, until]);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(made.key))).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(certificate.ca).toBe(false);
  });

  test('is another one each time', () => {
    const make = () =>
      new X509Certificate(makeSelfSignedCertificate({ names: ['localhost'], from, until }).certificate);
    const [one, other] = [make(), make()];
    expect(one.serialNumber).not.toBe(other.serialNumber);
    expect(one.fingerprint256).not.toBe(other.fingerprint256);
  });

  test('leaves out what is neither a name nor an address', () => {
    const names = ['localhost', 'a b', '*.example', 'ümlaut.example', 'x'.repeat(64), ''];
    const { certificate } = makeSelfSignedCertificate({ names, from, until });
    expect(new X509Certificate(certificate).subjectAltName).toBe('DNS:localhost');
  });

  test('is for any IP address, however it is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.ipV4()), (address) => {
        const { certificate } = makeSelfSignedCertificate({ names: [address], from, until });
        expect(new X509Certificate(certificate).checkIP(address)).toBeDefined();
      }),
      { numRuns: 200 },
    );
  });

  test.skipIf(!hasOpenSsl)('passes the strict eye of openssl as a server, and as its own authority', () => {
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const names = ['localhost', '127.0.0.1', 'fe80::1%eth0'];
    const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000);
    const { key, certificate } = makeSelfSignedCertificate({ names, from, until: tomorrow });
    writeFileSync(certFile, certificate);
    writeFileSync(keyFile, key);
    const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { encoding: 'utf8' });

    const verdict = openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', certFile, certFile);
    const text = openssl('x509', '-in', certFile, '-noout', '-text');

    expect(verdict).toContain(': OK');
    expect(text).toMatch(/Version: 3 .*Basic Constraints: critical\s+CA:FALSE.*TLS Web Server Authentication/s);
    expect(text).toContain('DNS:localhost, IP Address:127.0.0.1, IP Address:FE80:0:0:0:0:0:0:1');
    expect(openssl('pkey', '-in', keyFile, '-pubout')).toBe(openssl('x509', '-in', certFile, '-noout', '-pubkey'));
  });
});
