import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { type JWTHeaderParameters, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { JwtAccessTokens } from './jwt-access-tokens.ts';
import { newKeyRing } from './key-ring.ts';

const noon = new Date('2026-05-04T12:00:00.500Z');
const seconds = Math.floor(noon.getTime() / 1000);
const after = (elapsed: number) => new Date((seconds + elapsed) * 1000);

let ring = newKeyRing(noon);
const { kid, key } = ring.signing;
const tokens = new JwtAccessTokens({ ringAt: async () => ring });

const who = { userId: 7, signInId: '0123456789abcdef0123456789abcdef' };
const header = { alg: 'HS256', typ: 'at+jwt', kid };
const claims = {
  iss: 'ferryline-hub',
  aud: 'ferryline-api',
  sub: '7',
  sid: who.signInId,
  iat: seconds,
  exp: seconds + 60,
  jti: 'x',
};

function forge(change: {
  header?: JWTHeaderParameters;
  claims?: JWTPayload;
  without?: keyof typeof claims;
  key?: KeyObject | Uint8Array;
}): Promise<string> {
  const claimed = Object.entries({ ...claims, ...change.claims }).filter(([name]) => name !== change.without);
  return new SignJWT(Object.fromEntries(claimed)).setProtectedHeader(change.header ?? header).sign(change.key ?? key);
}

/** A token put together by hand, for what no library would sign. */
function assembled(rawHeader: object, payload: object = claims): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(rawHeader)}.${part(payload)}.${Buffer.alloc(32).toString('base64url')}`;
}

describe('access tokens', () => {
  test('a token names its user and sign-in for ten minutes', async () => {
    const { accessToken, expiresAt } = await tokens.issue(who, noon);

    expect(expiresAt).toEqual(after(600));
    expect(await tokens.verify(accessToken, noon)).toEqual(who);
  });

  test('no two tokens are the same', async () => {
    const [one, other] = await Promise.all([tokens.issue(who, noon), tokens.issue(who, noon)]);

    expect(one.accessToken).not.toBe(other.accessToken);
  });

  test('a token made by the rules is taken, so that each forgery below fails for its own reason', async () => {
    expect(await tokens.verify(await forge({}), noon)).toEqual(who);
  });

  test('what was signed before a rotation stays good, and what is signed after carries the new key', async () => {
    const before = ring;
    const { accessToken } = await tokens.issue(who, noon);
    ring = before.rotated(after(1));
    const next = await tokens.issue(who, after(1));

    expect(await tokens.verify(accessToken, after(590))).toEqual(who);
    expect(await tokens.verify(next.accessToken, after(1))).toEqual(who);
    expect(next.accessToken.split('.')[0]).not.toBe(accessToken.split('.')[0]);
    ring = before;
    await expect(tokens.verify(next.accessToken, after(1))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each([
    ['another key', () => forge({ key: createSecretKey(randomBytes(32)) })],
    ['the key with white space before it', () => forge({ key: Buffer.concat([Buffer.from('\n'), key.export()]) })],
    ['another algorithm of the same family', () => forge({ header: { ...header, alg: 'HS512' } })],
    [
      'a signature by a key pair',
      () => forge({ header: { ...header, alg: 'EdDSA' }, key: generateKeyPairSync('ed25519').privateKey }),
    ],
    ['no signature', async () => new UnsecuredJWT(claims).encode()],
    ['the algorithm none', async () => assembled({ ...header, alg: 'none' })],
    ['the algorithm nOnE', async () => assembled({ ...header, alg: 'nOnE' })],
    ['the algorithm cut off', async () => (await forge({})).split('.').slice(0, 2).join('.')],
    ['an altered payload', async () => (await forge({})).replace(/\.[^.]+\./, `.${body({ ...claims, sub: '1' })}.`)],
    ['no sense', async () => 'a.b.c'],
    ['nothing at all', async () => ''],
  ])('A10: a token with %s is refused', async (_what, forged) => {
    await expect(tokens.verify(await forged(), noon)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each([
    ['an unknown key name', { kid: '0'.repeat(16) }],
    ['a path as a key name', { kid: '../../../dev/null' }],
    ['a query as a key name', { kid: "x' union select 'key" }],
    ['a key address', { jku: 'https://example.com/keys' }],
    ['a key of its own', { jwk: { kty: 'oct', k: 'AAAA' } }],
    ['a certificate address', { x5u: 'https://example.com/cert' }],
    ['a certificate', { x5c: ['AAAA'] }],
    ['a demand that nobody knows', { crit: ['exp'], exp: seconds + 60 }],
    ['an empty demand', { crit: [] }],
    ['unencoded content', { b64: false, crit: ['b64'] }],
    ['anything else', { nonce: 'x' }],
  ])('A11: a token with %s in its header is refused', async (_what, extra) => {
    const signed = await forge({ header: { ...header, ...extra } as JWTHeaderParameters }).catch(() =>
      assembled({ ...header, ...extra }),
    );

    await expect(tokens.verify(signed, noon)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('A11: a token without a key name is refused', async () => {
    const forged = await forge({ header: { alg: 'HS256', typ: 'at+jwt' } });

    await expect(tokens.verify(forged, noon)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each([
    ['another type', () => forge({ header: { ...header, typ: 'JWT' } })],
    ['the long spelling of the type', () => forge({ header: { ...header, typ: 'application/at+jwt' } })],
    ['no type', () => forge({ header: { alg: 'HS256', kid } })],
    ['another issuer', () => forge({ claims: { iss: 'somebody' } })],
    ['another audience', () => forge({ claims: { aud: 'agent' } })],
    ['a subject that is no user', () => forge({ claims: { sub: '7 or 1' } })],
    ['a subject that is a number', () => forge({ claims: { sub: 7 as unknown as string } })],
    ['a sign-in that is none', () => forge({ claims: { sid: 'x' } })],
    ['a list of sign-ins', () => forge({ claims: { sid: [who.signInId] } })],
    ...(Object.keys(claims) as (keyof typeof claims)[]).map((name): [string, () => Promise<string>] => [
      `no ${name}`,
      () => forge({ without: name }),
    ]),
  ])('A12: a token with %s is refused', async (_what, forged) => {
    await expect(tokens.verify(await forged(), noon)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each([
    ['just issued', 0, 600, 0, true],
    ['at its last second', 0, 600, 599, true],
    ['expired, within the leeway', 0, 600, 629, true],
    ['expired beyond the leeway', 0, 600, 630, false],
    ['issued a little ahead of our clock', 30, 630, 0, true],
    ['issued in the future', 31, 631, 0, false],
    ['expired before it was issued', 0, -60, 0, false],
    ['living longer than we let one live', 0, 601, 0, false],
    ['living for a hundred years', 0, 3_155_760_000, 0, false],
    ['of old, with an expiry in the future', -3_000, 600, 0, false],
  ])('A13: a token %s', async (_what, issued, expires, checked, isGood) => {
    const token = await forge({ claims: { iat: seconds + issued, exp: seconds + expires } });

    const answer = tokens.verify(token, after(checked));

    if (isGood) expect(await answer).toEqual(who);
    else await expect(answer).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('A13: who comes too late is told so', async () => {
    const { accessToken, expiresAt } = await tokens.issue(who, noon);

    await expect(tokens.verify(accessToken, new Date(expiresAt.getTime() + 30_000))).rejects.toThrow(
      'The access token has expired. Refresh it, or sign in again.',
    );
  });
});

function body(payload: object): string {
  return Buffer.from(JSON.stringify(payload)).toString('base64url');
}
