import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { type JWTHeaderParameters, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { JwtAccessTokens } from './jwt-access-tokens.ts';

const key = createSecretKey(randomBytes(32));
const tokens = new JwtAccessTokens(key);
const noon = new Date('2026-05-04T12:00:00.500Z');
const seconds = Math.floor(noon.getTime() / 1000);

const header = { alg: 'HS256', typ: 'at+jwt' };
const claims = { iss: 'ferryline-hub', aud: 'ferryline-api', sub: '7', iat: seconds, exp: seconds + 60 };

function forge(change: {
  header?: JWTHeaderParameters;
  claims?: JWTPayload;
  without?: keyof typeof claims;
  key?: KeyObject;
}): Promise<string> {
  const claimed = Object.entries({ ...claims, ...change.claims }).filter(([name]) => name !== change.without);
  return new SignJWT(Object.fromEntries(claimed)).setProtectedHeader(change.header ?? header).sign(change.key ?? key);
}

describe('access tokens', () => {
  test('a token names its user for twelve hours, and nobody after that', async () => {
    const { accessToken, expiresAt } = await tokens.issue(7, noon);

    expect(expiresAt).toEqual(new Date('2026-05-05T00:00:00.000Z'));
    expect(await tokens.verify(accessToken, new Date('2026-05-04T23:59:59.000Z'))).toBe(7);
    await expect(tokens.verify(accessToken, expiresAt)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'The sign-in has expired. Sign in again.',
    });
  });

  test('a token made by the rules is taken, so that each forgery below fails for its own reason', async () => {
    expect(await tokens.verify(await forge({}), noon)).toBe(7);
  });

  test.each([
    ['another key', () => forge({ key: createSecretKey(randomBytes(32)) })],
    ['another algorithm of the same family', () => forge({ header: { ...header, alg: 'HS512' } })],
    [
      'a signature by a key pair',
      () => forge({ header: { ...header, alg: 'EdDSA' }, key: generateKeyPairSync('ed25519').privateKey }),
    ],
    ['another type', () => forge({ header: { alg: 'HS256', typ: 'JWT' } })],
    ['no type', () => forge({ header: { alg: 'HS256' } })],
    ['another issuer', () => forge({ claims: { iss: 'somebody' } })],
    ['another audience', () => forge({ claims: { aud: 'agent' } })],
    ['a subject that is no user', () => forge({ claims: { sub: '7 or 1' } })],
    ['no subject', () => forge({ without: 'sub' })],
    ['no expiry', () => forge({ without: 'exp' })],
    ['no signature', async () => new UnsecuredJWT(claims).encode()],
    ['no sense', async () => 'a.b.c'],
  ])('a token with %s is refused', async (_what, forged) => {
    await expect(tokens.verify(await forged(), noon)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
