import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCertificatePair } from './certificate-pair.ts';
import { requirePrivateKeyFile } from './key-file-mode.ts';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

const from = new Date('2026-01-01T00:00:00Z');
const until = new Date('2026-12-31T00:00:00Z');
const within = new Date('2026-06-01T00:00:00Z');

let folder: string;
let files: { readonly certFile: string; readonly keyFile: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-tls-'));
  files = { certFile: join(folder, 'hub.pem'), keyFile: join(folder, 'hub.key') };
  const { key, certificate } = makeSelfSignedCertificate({ names: ['localhost'], from, until });
  writeFileSync(files.certFile, certificate);
  writeFileSync(files.keyFile, key, { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true }));

function newCertificate(): string {
  return makeSelfSignedCertificate({ names: ['localhost'], from, until }).certificate;
}

describe('readCertificatePair', () => {
  test('gives certificate, key and fingerprint', () => {
    const pair = readCertificatePair(files, within);

    const { fingerprint256 } = new X509Certificate(pair.cert);
    expect(pair).toMatchObject({ fingerprint: `sha256:${fingerprint256}`, validUntil: until });
    expect(pair.fingerprint).toMatch(/^sha256:([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  test('takes the first certificate of a chain for that of the hub', () => {
    const { fingerprint } = readCertificatePair(files, within);
    const own = readCertificatePair(files, within).cert;
    writeFileSync(files.certFile, own + newCertificate());
    expect(readCertificatePair(files, within).fingerprint).toBe(fingerprint);

    writeFileSync(files.certFile, newCertificate() + own);
    expect(() => readCertificatePair(files, within)).toThrow(/does not belong to the certificate .* comes first/);
  });

  test.each([
    ['before its first moment', new Date(from.getTime() - 1), /is not valid before 2026-01-01T00:00:00.000Z\. Check/],
    ['from its last moment on', until, /expired on 2026-12-31T00:00:00.000Z/],
  ])('refuses a certificate %s', (_when, now, sentence) => {
    expect(() => readCertificatePair(files, now)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', message: expect.stringMatching(sentence) }),
    );
  });

  test.each([
    [
      'a certificate file that is not there',
      () => rmSync(files.certFile),
      /certificate .*hub\.pem .*There is no such file/,
    ],
    ['a key file that is not there', () => rmSync(files.keyFile), /key .*hub\.key .*There is no such file/],
    [
      'a key in the place of the certificate',
      () => writeFileSync(files.certFile, keyText()),
      /hub\.pem holds no certificate/,
    ],
    ['no key in the key file', () => writeFileSync(files.keyFile, newCertificate()), /hub\.key holds no private key/],
    [
      'the key of another certificate',
      () => writeFileSync(files.keyFile, keyText()),
      /hub\.key does not belong to .*hub\.pem/,
    ],
    [
      'a key with a passphrase',
      () => writeFileSync(files.keyFile, keyText('secret')),
      /hub\.key is locked with a passphrase/,
    ],
    ['a certificate broken further down', () => writeFileSync(files.certFile, brokenChain()), /TLS cannot be spoken/],
  ])('refuses %s', (_what, spoil, sentence) => {
    spoil();
    expect(() => readCertificatePair(files, within)).toThrow(sentence);
  });

  function keyText(passphrase?: string): string {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const lock = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
    return privateKey.export({ type: 'pkcs8', format: 'pem', ...lock });
  }

  function brokenChain(): string {
    return `${readCertificatePair(files, within).cert}-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n`;
  }

  test.skipIf(process.platform === 'win32').each(['604', '660', '606'])(
    'refuses a key file of mode %s, and says how to mend it',
    (mode) => {
      chmodSync(files.keyFile, Number.parseInt(mode, 8));
      expect(() => readCertificatePair(files, within)).toThrow(
        expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining(`chmod 600 ${files.keyFile}`) }),
      );
    },
  );
});

describe.skipIf(process.platform === 'win32')('requirePrivateKeyFile', () => {
  test.each([
    { mode: '100600', uid: 1000, isTaken: true },
    { mode: '100400', uid: 1000, isTaken: true },
    { mode: '100640', uid: 1000, isTaken: false },
    { mode: '100640', uid: 0, isTaken: true },
    { mode: '100660', uid: 0, isTaken: false },
    { mode: '100644', uid: 0, isTaken: false },
  ])('a key file of mode $mode that belongs to $uid is taken: $isTaken', ({ mode, uid, isTaken }) => {
    const check = () => requirePrivateKeyFile('hub.key', { mode: Number.parseInt(mode, 8), uid });
    if (isTaken) expect(check).not.toThrow();
    else expect(check).toThrow(/chmod 600 hub\.key/);
  });
});
