import type { KeyObject } from 'node:crypto';
import { FerryError } from '@ferryline/engine';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { AccessToken, AccessTokens } from '../../application/auth/access-token.ts';

/** The one algorithm: what a token says of itself decides nothing (ATTACKS.md A10). */
const ALGORITHM = 'HS256';
const ISSUER = 'ferryline-hub';
const AUDIENCE = 'ferryline-api';
/** RFC 9068: tells an access token from every other signed thing. */
const TYPE = 'at+jwt';
/** Until there are refresh tokens: a working day, so that nobody signs in twice. */
const LIFETIME_MS = 12 * 60 * 60 * 1000;
const USER_ID = /^[1-9]\d{0,14}$/;

/** Access tokens as JWTs, signed by the hub's own key. */
export class JwtAccessTokens implements AccessTokens {
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  async issue(userId: number, at: Date): Promise<AccessToken> {
    // A JWT counts in seconds.
    const expiresAt = new Date(Math.floor((at.getTime() + LIFETIME_MS) / 1000) * 1000);
    const accessToken = await new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(String(userId))
      .setIssuedAt(at)
      .setExpirationTime(expiresAt)
      .sign(this.#key);
    return { accessToken, expiresAt };
  }

  async verify(accessToken: string, at: Date): Promise<number> {
    const subject = await this.#subjectOf(accessToken, at);
    if (subject === undefined || !USER_ID.test(subject)) throw new FerryError('UNAUTHENTICATED', INVALID);
    return Number(subject);
  }

  async #subjectOf(accessToken: string, at: Date): Promise<string | undefined> {
    try {
      const { payload } = await jwtVerify(accessToken, this.#key, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'iat', 'exp'],
        currentDate: at,
      });
      return payload.sub;
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) {
        throw new FerryError('UNAUTHENTICATED', 'The sign-in has expired. Sign in again.', { cause });
      }
      if (cause instanceof errors.JOSEError) throw new FerryError('UNAUTHENTICATED', INVALID, { cause });
      throw cause;
    }
  }
}

const INVALID = 'The access token is not valid here. Sign in again.';
