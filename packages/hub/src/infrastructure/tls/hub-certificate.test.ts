import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CertificatePair } from './certificate-pair.ts';
import { HubCertificate } from './hub-certificate.ts';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

const now = new Date('2026-06-01T00:00:00Z');
const from = new Date('2026-01-01T00:00:00Z');
const until = new Date('2026-12-31T00:00:00Z');

let folder: string;
let logged: { readonly level: number; readonly msg: string; readonly reason?: string }[];
let renewed: CertificatePair[];
let certificate: HubCertificate;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-tls-'));
  logged = [];
  renewed = [];
  put(newPair());
  certificate = open();
  certificate.onRenewed((pair) => renewed.push(pair));
});
afterEach(() => {
  certificate.close();
  rmSync(folder, { recursive: true });
});

function newPair(last = until) {
  return makeSelfSignedCertificate({ names: ['localhost'], from, until: last });
}

/** As certificate tools do: under another name first, then in the place of the one before. */
function put({ key, certificate }: { readonly key?: string; readonly certificate?: string }): void {
  for (const [name, text] of [
    ['hub.key', key],
    ['hub.pem', certificate],
  ] as const) {
    if (text === undefined) continue;
    writeFileSync(join(folder, 'draft'), text, { mode: 0o600 });
    renameSync(join(folder, 'draft'), join(folder, name));
  }
}

function open(certFile = join(folder, 'hub.pem')): HubCertificate {
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const files = { kind: 'files', certFile, keyFile: join(folder, 'hub.key') } as const;
  return HubCertificate.open(files, { dataDir: folder, host: '::' }, { now: () => now, logger });
}

describe("the hub's certificate", () => {
  test('is read anew when its files have changed, and not otherwise', () => {
    certificate.look();
    expect(renewed).toEqual([]);
    const next = newPair();
    put(next);

    certificate.look();
    certificate.look();

    expect(renewed).toEqual([certificate.pair]);
    expect(certificate.pair).toMatchObject({ cert: next.certificate, key: next.key });
    expect(logged).toMatchObject([
      { msg: 'the hub shows a new certificate', fingerprint: certificate.pair.fingerprint },
    ]);
  });

  test('is lasting when somebody else made it, and not when the hub did', () => {
    const parts = { now: () => now, logger: pino({ level: 'silent' }) };
    const own = HubCertificate.open({ kind: 'selfSigned' }, { dataDir: folder, host: '::' }, parts);
    own.close();
    expect(own.isLasting).toBe(false);
    expect(certificate.isLasting).toBe(true);
  });

  test('is read anew when a link is pointed elsewhere', () => {
    const { certFile, next } = { certFile: join(folder, 'current.pem'), next: newPair() };
    symlinkSync('hub.pem', certFile);
    using linked = Object.assign(open(certFile), { [Symbol.dispose]: () => linked.close() });
    writeFileSync(join(folder, 'next.pem'), next.certificate);
    put({ key: next.key });
    symlinkSync('next.pem', join(folder, 'link'));
    renameSync(join(folder, 'link'), certFile);

    linked.look();

    expect(linked.pair.cert).toBe(next.certificate);
  });

  test('stays while only one of the two files is new, says so once, and follows when the other is there', () => {
    const [before, next] = [certificate.pair, newPair()];
    put({ certificate: next.certificate });

    certificate.look();
    certificate.look();

    expect(certificate.pair).toBe(before);
    expect(logged).toMatchObject([{ level: 50, reason: expect.stringMatching(/does not belong to/) }]);
    put({ key: next.key });
    certificate.look();
    expect(certificate.pair.cert).toBe(next.certificate);
  });

  test.each([
    ['an expired one', () => put(newPair(new Date('2026-02-01T00:00:00Z'))), /expired on 2026-02-01/],
    ['half of one', () => put({ certificate: newPair().certificate.slice(0, 200) }), /holds no certificate/],
    ['none at all', () => rmSync(join(folder, 'hub.key')), /There is no such file/],
  ])('stays in the place of %s', (_what, spoil, reason) => {
    const before = certificate.pair;
    spoil();

    certificate.look();

    expect(certificate.pair).toBe(before);
    expect(renewed).toEqual([]);
    expect(logged).toMatchObject([{ level: 50, reason: expect.stringMatching(reason) }]);
  });
});
