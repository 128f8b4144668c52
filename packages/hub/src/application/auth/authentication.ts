import { FerryError } from '../../domain/common/errors.ts';
import { type ApiKey, isApiKeyValid } from '../../domain/user/api-key.ts';
import { isSignInValid } from '../../domain/user/sign-in.ts';
import { isActive, type User } from '../../domain/user/user.ts';
import type { Store } from '../store/store.ts';
import type { AccessTokens } from './access-token.ts';
import { isApiKeySecret, looksLikeApiKey } from './api-key-secret.ts';
import { credentialHash } from './credential-secret.ts';
import type { Principal } from './principal.ts';
import { signedIn, withKey } from './principal-of.ts';

/** The last use is for people; a script that makes a thousand requests does not cost a commit for each. */
const LAST_USED_PRECISION_MS = 60_000;
/** Ours are below 500; nothing longer is worth a look. */
const MAX_CREDENTIAL_LENGTH = 4_096;

export interface AuthenticationDependencies {
  readonly store: Store;
  readonly accessTokens: AccessTokens;
  readonly now: () => Date;
}

/**
 * The one place where a credential becomes a principal (ATTACKS.md A3). Every request asks the database anew: who was signed out,
 * disabled or given another role is so at once (A15).
 */
export class Authentication {
  readonly #store: Store;
  readonly #accessTokens: AccessTokens;
  readonly #now: () => Date;

  constructor({ store, accessTokens, now }: AuthenticationDependencies) {
    this.#store = store;
    this.#accessTokens = accessTokens;
    this.#now = now;
  }

  /** @param credential an access token or an API key. @throws FerryError UNAUTHENTICATED. */
  async authenticate(credential: string, address: string | undefined): Promise<Principal> {
    if (typeof credential !== 'string' || credential.length > MAX_CREDENTIAL_LENGTH) {
      throw new FerryError('UNAUTHENTICATED', 'This is neither an access token nor an API key.');
    }
    return looksLikeApiKey(credential) ? this.#byApiKey(credential, address) : this.#byAccessToken(credential, address);
  }

  async #byAccessToken(accessToken: string, address: string | undefined): Promise<Principal> {
    const at = this.#now();
    const { userId, signInId } = await this.#accessTokens.verify(accessToken, at);
    const signIn = await this.#store.signIns.getById(signInId);
    if (signIn === undefined || signIn.userId !== userId || !isSignInValid(signIn, at)) {
      throw new FerryError('UNAUTHENTICATED', 'The sign-in is over. Sign in again.');
    }
    return signedIn(await this.#activeUser(userId), signIn, address);
  }

  async #byApiKey(secret: string, address: string | undefined): Promise<Principal> {
    if (!isApiKeySecret(secret)) {
      throw new FerryError('UNAUTHENTICATED', 'The API key is not complete, or was mistyped. Copy it again.');
    }
    const key = await this.#store.apiKeys.getByHash(credentialHash(secret));
    if (key === undefined) throw new FerryError('UNAUTHENTICATED', 'The API key is not known here.');
    const at = this.#now();
    if (!isApiKeyValid(key, at)) throw invalid(key);
    const user = await this.#activeUser(key.userId);
    await this.#noteUse(key, at);
    return withKey(user, key, address);
  }

  async #activeUser(userId: number): Promise<User> {
    const user = await this.#store.users.getById(userId);
    if (user !== undefined && isActive(user)) return user;
    throw new FerryError('UNAUTHENTICATED', 'This user is disabled or was removed. Ask an administrator.');
  }

  async #noteUse({ id, lastUsedAt }: ApiKey, at: Date): Promise<void> {
    const sinceLastUseMs = at.getTime() - (lastUsedAt?.getTime() ?? 0);
    if (sinceLastUseMs >= LAST_USED_PRECISION_MS) await this.#store.apiKeys.updateLastUsed(id, at);
  }
}

function invalid({ prefix, name, revokedAt, expiresAt }: ApiKey): FerryError {
  const what = revokedAt === undefined ? 'expired' : 'was revoked';
  const when = (revokedAt ?? expiresAt).toISOString();
  return new FerryError('UNAUTHENTICATED', `The API key "${name}" (${prefix}…) ${what} on ${when}. Make another.`);
}
