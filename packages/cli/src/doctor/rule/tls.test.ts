import { FerryError } from '@ferryline/engine';
import { describe, expect, test } from 'vitest';
import { judgePlainHttp, judgeTls } from './tls.ts';

const now = new Date('2027-01-01T00:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;
const refusal = new FerryError('AGENT_OFFLINE', 'Nothing was sent. Name its authority.');

function shown(days: number, issuer = 'CN=authority') {
  const validUntil = new Date(now.getTime() + days * DAY_MS);
  return { protocol: 'TLSv1.3', subject: 'CN=hub', issuer, fingerprint: 'sha256:AB', validUntil };
}

describe('judgeTls', () => {
  test.each([
    [14, 'system', 'ok', 'It is good for 14 more days, until 2027-01-15.'],
    [1, 'authority', 'warn', 'It is good for 1 more day, until 2027-01-02.'],
    [-1, 'system', 'warn', 'It was good until 2026-12-31.'],
    [-1, 'pin', 'ok', 'It is good until 2026-12-31; a pinned certificate counts beyond that.'],
  ] as const)('of a certificate with %d days left, trusted by %s', (days, kind, level, what) => {
    const trust = { kind, pem: '', fingerprint: '' };

    expect(judgeTls({ shown: shown(days), trust, now })[1]).toMatchObject({ level, what });
  });

  test('names who shows the certificate, and by what it is trusted', () => {
    const findings = judgeTls({ shown: shown(90), trust: { kind: 'system' }, now });

    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
    expect(findings[0]?.what).toBe('TLSv1.3. The certificate is for CN=hub, made by CN=authority, sha256:AB.');
    expect(findings[2]?.what).toContain('by an authority of this machine');
  });

  test('fails with what an agent says, and asks who made a certificate that somebody made for another', () => {
    const [own, other] = ['CN=hub', 'CN=stranger'].map(
      (issuer) => judgeTls({ shown: shown(90, issuer), trust: { kind: 'system' }, refusal, now })[2],
    );

    expect(own).toEqual({ level: 'fail', what: 'Nothing was sent.', advice: 'Name its authority.' });
    expect(other).toMatchObject({ level: 'fail', advice: expect.stringContaining('do not know "CN=stranger"') });
  });
});

describe('judgePlainHttp', () => {
  test('warns beyond this machine', () => {
    expect(judgePlainHttp(new URL('http://localhost:7420')).level).toBe('ok');
    expect(judgePlainHttp(new URL('http://hub.example:7420')).level).toBe('warn');
  });
});
