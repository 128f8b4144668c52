import { FerryError } from '../../domain/common/errors.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { ApiKey, Scope } from '../../domain/user/api-key.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import { apiKeyPrefix, newApiKeySecret } from '../auth/api-key-secret.ts';
import { authorize } from '../auth/can.ts';
import { credentialHash } from '../auth/credential-secret.ts';
import { type Principal, visibleUserId } from '../auth/principal.ts';
import { hasInvisible } from '../auth/visible-text.ts';
import { type MadeOnce, makeOnce, type OnceRequest } from '../idempotency/make-once.ts';
import type { Store } from '../store/store.ts';

const DAY_MS = 24 * 60 * 60_000;
const USUAL_DAYS = 90;
/** A year, whichever year it is: a key that nobody renews is a key that nobody knows of. */
const MAX_DAYS = 366;
const MAX_NAME_LENGTH = 64;

export interface ApiKeyServiceDependencies {
  readonly store: Store;
  readonly now: () => Date;
}

export interface ApiKeyRequest {
  readonly name: string;
  readonly scope: Scope;
  /** Absent: in 90 days. */
  readonly expiresAt?: Date;
}

/** Personal credentials for scripts: made and revoked by signed-in people only, so that a key never makes a key. */
export class ApiKeyService {
  readonly #store: Store;
  readonly #now: () => Date;

  constructor({ store, now }: ApiKeyServiceDependencies) {
    this.#store = store;
    this.#now = now;
  }

  /** The principal's own keys, everybody's for an administrator; revoked and expired ones included. */
  async list(principal: Principal, page: PageRequest): Promise<Page<ApiKey>> {
    const subject = { kind: 'apiKey', ownerId: principal.userId } as const;
    authorize(principal, 'read', subject, { named: 'API key', doing: 'see API keys' });
    return this.#store.apiKeys.list(visibleUserId(principal), page);
  }

  /**
   * Makes a key of the principal's. The secret is not kept: this is the only time it is shown, and a repeated request does not get it.
   *
   * @throws FerryError VALIDATION for a name that is none, or an expiry in the past or more than 366 days ahead; FORBIDDEN for a key.
   */
  async create(
    principal: Principal,
    { name, scope, expiresAt: wanted }: ApiKeyRequest,
    once?: OnceRequest,
  ): Promise<MadeOnce<ApiKey> & { readonly secret?: string }> {
    const { userId } = principal;
    authorize(principal, 'account', { kind: 'apiKey', ownerId: userId }, { named: 'API key', doing: 'make API keys' });
    refuseName(name);
    const expiresAt = this.#expiry(wanted);
    const secret = newApiKeySecret();
    const result = await makeOnce({
      store: this.#store,
      principal,
      once,
      objectKind: 'key',
      now: this.#now,
      make: async ({ apiKeys, audit }) => {
        const [prefix, hash] = [apiKeyPrefix(secret), credentialHash(secret)];
        const key = await apiKeys.create({ userId, name, prefix, hash, scope, expiresAt });
        const details = { prefix, scope, expiresAt: expiresAt.toISOString() };
        await audit.append(auditEvent(principal, 'key.created', objectOf(key), details, this.#now()));
        return key;
      },
      find: (id) => this.#store.apiKeys.getById(id),
    });
    return { ...result, ...(!result.isRepeat && { secret }) };
  }

  /** Ends a key at once; one that was revoked already stays so. @throws FerryError NOT_FOUND, also for one of somebody else; FORBIDDEN. */
  async revoke(principal: Principal, id: number): Promise<void> {
    const key = await this.#store.apiKeys.getById(id);
    if (key === undefined) throw new FerryError('NOT_FOUND', `There is no API key ${id}.`);
    const subject = { kind: 'apiKey', ownerId: key.userId } as const;
    authorize(principal, 'account', subject, { named: `API key ${id}`, doing: 'revoke API keys' });
    const at = this.#now();
    await this.#store.transaction(async ({ apiKeys, audit }) => {
      if (!(await apiKeys.revoke(id, at))) return;
      const details = { prefix: key.prefix, userId: key.userId };
      await audit.append(auditEvent(principal, 'key.revoked', objectOf(key), details, at));
    });
  }

  #expiry(wanted: Date | undefined): Date {
    const now = this.#now().getTime();
    if (wanted === undefined) return new Date(now + USUAL_DAYS * DAY_MS);
    const aheadMs = wanted.getTime() - now;
    if (aheadMs > 0 && aheadMs <= MAX_DAYS * DAY_MS) return wanted;
    throw new FerryError('VALIDATION', `An API key expires after now and within ${MAX_DAYS} days.`, {
      details: { field: 'expiresAt' },
    });
  }
}

function refuseName(name: string): void {
  const isName = name.trim() !== '' && name.length <= MAX_NAME_LENGTH && !hasInvisible(name);
  if (isName) return;
  throw new FerryError('VALIDATION', `The name of an API key has 1 to ${MAX_NAME_LENGTH} visible characters.`, {
    details: { field: 'name' },
  });
}

function objectOf({ id, name }: ApiKey) {
  return { kind: 'key', id: String(id), name } as const;
}
