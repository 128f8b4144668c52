import { randomUUID } from 'node:crypto';
import { FerryError } from '@ferryline/engine';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { AccessClaims, AccessToken, AccessTokens } from '../../application/auth/access-token.ts';
import { keyNameOf } from './jwt-header.ts';
import type { KeySource } from './signing-keys.ts';

/**
 * The one algorithm: what a token says of itself decides nothing (ATTACKS.md A10). Symmetric, because the hub that signs is the only
 * one that verifies: a key pair would add a public key that nobody needs, and cost more for each request.
 */
const ALGORITHM = 'HS256';
/** RFC 9068: tells an access token from every other signed thing. */
const TYPE = 'at+jwt';
const ISSUER = 'ferryline-hub';
const AUDIENCE = 'ferryline-api';
const LIFETIME_SECONDS = 600;
/** Clocks differ, and a request takes its time. */
const LEEWAY_SECONDS = 30;
const USER_ID = /^[1-9]\d{0,14}$/;
const SIGN_IN_ID = /^[0-9a-f]{32}$/;

/** Access tokens as JWTs, signed with the hub's own keys. */
export class JwtAccessTokens implements AccessTokens {
  readonly #keys: KeySource;

  constructor(keys: KeySource) {
    this.#keys = keys;
  }

  async issue({ userId, signInId }: AccessClaims, at: Date): Promise<AccessToken> {
    const { signing } = await this.#keys.ringAt(at);
    const issuedAt = Math.floor(at.getTime() / 1000);
    const accessToken = await new SignJWT({ sid: signInId })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: signing.kid })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(String(userId))
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME_SECONDS)
      .setJti(randomUUID())
      .sign(signing.key);
    return { accessToken, expiresAt: new Date((issuedAt + LIFETIME_SECONDS) * 1000) };
  }

  async verify(accessToken: string, at: Date): Promise<AccessClaims> {
    const ring = await this.#keys.ringAt(at);
    const kid = keyNameOf(accessToken, { alg: ALGORITHM, typ: TYPE });
    const key = kid === undefined ? undefined : ring.find(kid, at);
    if (key === undefined) throw new FerryError('UNAUTHENTICATED', INVALID);
    try {
      const { payload } = await jwtVerify(accessToken, key, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'sid', 'iat', 'exp', 'jti'],
        clockTolerance: LEEWAY_SECONDS,
        maxTokenAge: LIFETIME_SECONDS,
        currentDate: at,
      });
      return claimsOf(payload);
    } catch (cause) {
      if (cause instanceof FerryError) throw cause;
      const message = cause instanceof errors.JWTExpired ? EXPIRED : INVALID;
      // Whatever else was thrown: what cannot be verified is not let in (ATTACKS.md A4).
      throw new FerryError('UNAUTHENTICATED', message, { cause });
    }
  }
}

const INVALID = 'The access token is not valid here. Sign in again.';
const EXPIRED = 'The access token has expired. Refresh it, or sign in again.';

function claimsOf({ sub, sid, iat = 0, exp = Number.POSITIVE_INFINITY }: JWTPayload): AccessClaims {
  // Even a token signed by us lives no longer than we let one live: a later, shorter limit holds at once.
  const isLasting = exp - iat > LIFETIME_SECONDS;
  if (isLasting || !isText(sub, USER_ID) || !isText(sid, SIGN_IN_ID)) throw new FerryError('UNAUTHENTICATED', INVALID);
  return { userId: Number(sub), signInId: sid };
}

/** A pattern alone would take a number or a list for the text that it turns into. */
function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}
