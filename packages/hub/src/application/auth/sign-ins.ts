import { FerryError } from '../../domain/common/errors.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { SignIn } from '../../domain/user/sign-in.ts';
import type { User } from '../../domain/user/user.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import type { Repositories, Store } from '../store/store.ts';
import type { AccessToken, AccessTokens } from './access-token.ts';
import { authorize } from './can.ts';
import { credentialHash, randomSecret } from './credential-secret.ts';
import type { Principal } from './principal.ts';
import { signedIn } from './principal-of.ts';
import { newRefreshToken, newSignInId } from './refresh-token.ts';
import { idleEnd, latestEnd } from './sign-in-life.ts';
import { visibleText } from './visible-text.ts';
import type { Visitor } from './visitor.ts';

const MAX_CLIENT_LENGTH = 200;
const MAX_ADDRESS_LENGTH = 64;

/** What somebody gets who proved who they are. */
export interface Login extends AccessToken {
  /** Good for one use, which gives the next one. */
  readonly refreshToken: string;
  /** When the sign-in ends if it is not used until then. */
  readonly refreshExpiresAt: Date;
  readonly user: Principal;
}

/** A sign-in that was stored, with the one secret that goes to its holder. */
export interface BegunSignIn {
  readonly signIn: SignIn;
  readonly refreshToken: string;
  readonly principal: Principal;
}

export interface SignInsDependencies {
  readonly store: Store;
  readonly accessTokens: AccessTokens;
  readonly now: () => Date;
}

/** Sign-ins from their beginning to their end; `refreshing.ts` keeps them alive. */
export class SignIns {
  readonly #store: Store;
  readonly #accessTokens: AccessTokens;
  readonly #now: () => Date;

  constructor({ store, accessTokens, now }: SignInsDependencies) {
    this.#store = store;
    this.#accessTokens = accessTokens;
    this.#now = now;
  }

  /** Stores a new sign-in and tells the audit chain of it, in the transaction of the caller, who has checked the credentials. */
  async begin({ signIns, audit }: Repositories, user: User, visitor: Visitor): Promise<BegunSignIn> {
    const at = this.#now();
    const id = newSignInId();
    const family = randomSecret();
    const refreshToken = newRefreshToken({ signInId: id, family });
    const address = visibleText(visitor.address, MAX_ADDRESS_LENGTH);
    const client = visibleText(visitor.client, MAX_CLIENT_LENGTH);
    const principal = signedIn(user, { id }, address);
    await audit.append(auditEvent(principal, 'signIn.succeeded', objectOf(id), { client }, at));
    const signIn = await signIns.create({
      id,
      userId: user.id,
      refreshHash: credentialHash(refreshToken),
      familyHash: credentialHash(family),
      createdAt: at,
      lastUsedAt: at,
      expiresAt: idleEnd(at, latestEnd(at)),
      endsAt: latestEnd(at),
      address,
      client,
    });
    return { signIn, refreshToken, principal };
  }

  /** What the holder of a sign-in gets, once it is stored. */
  async loginOf({ signIn, refreshToken, principal }: BegunSignIn): Promise<Login> {
    const claims = { userId: signIn.userId, signInId: signIn.id };
    const issued = await this.#accessTokens.issue(claims, this.#now());
    return { ...issued, refreshToken, refreshExpiresAt: signIn.expiresAt, user: principal };
  }

  /** The principal's own, those that hold. @throws FerryError FORBIDDEN for an API key. */
  list(principal: Principal, page: PageRequest): Promise<Page<SignIn>> {
    authorizeOn(principal, principal.userId, 'sign-in');
    return this.#store.signIns.listByUser(principal.userId, this.#now(), page);
  }

  /** Ends the sign-in that the principal uses now. @throws FerryError FORBIDDEN for an API key. */
  async endOwn(principal: Principal): Promise<void> {
    authorizeOn(principal, principal.userId, 'sign-in');
    if (principal.credential.kind === 'signIn') await this.#end(principal, principal.credential.id);
  }

  /** Ends a sign-in, and its access tokens with it. @throws FerryError NOT_FOUND, also for one of somebody else. */
  async end(principal: Principal, id: string): Promise<void> {
    const signIn = await this.#store.signIns.getById(id);
    if (signIn === undefined) throw new FerryError('NOT_FOUND', `There is no sign-in "${visibleText(id, 32)}".`);
    authorizeOn(principal, signIn.userId, `sign-in "${id}"`);
    await this.#end(principal, id);
  }

  async #end(principal: Principal, id: string): Promise<void> {
    const at = this.#now();
    await this.#store.transaction(async ({ signIns, audit }) => {
      if (!(await signIns.revoke(id, at))) return;
      await audit.append(auditEvent(principal, 'signIn.ended', objectOf(id), {}, at));
    });
  }
}

function objectOf(id: string) {
  return { kind: 'signIn', id } as const;
}

function authorizeOn(principal: Principal, ownerId: number, named: string): void {
  authorize(principal, 'account', { kind: 'signIn', ownerId }, { named, doing: 'see or end sign-ins' });
}
