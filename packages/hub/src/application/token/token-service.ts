import type { Agent } from '../../domain/agent/agent.ts';
import { agentName as checkedName } from '../../domain/agent/agent-name.ts';
import { FerryError } from '../../domain/common/errors.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { isTokenValid, type Token } from '../../domain/token/token.ts';
import type { TokenFilter } from '../../domain/token/token-repository.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import { authorize } from '../auth/can.ts';
import type { Principal } from '../auth/principal.ts';
import { type MadeOnce, makeOnce, type OnceRequest } from '../idempotency/make-once.ts';
import type { Store } from '../store/store.ts';
import type { RevocationListener } from './revocation-listener.ts';
import { isSecret, newSecret, secretHash, secretPrefix } from './token-secret.ts';

/** The last use is for people; an agent that opens many connections does not cost a commit for each. */
const LAST_USED_PRECISION_MS = 60_000;

export interface TokenServiceDependencies {
  readonly store: Store;
  readonly revocations: RevocationListener;
  readonly now: () => Date;
}

export interface TokenRequest {
  readonly agentName: string;
  /** Absent: the token lives until it is revoked. */
  readonly expiresAt?: Date;
}

/** A token with the agent it speaks for. */
export interface AgentToken {
  readonly agent: Agent;
  readonly token: Token;
}

/** The credentials of agents: 256 random bits, shown once. For administrators. */
export class TokenService {
  readonly #store: Store;
  readonly #revocations: RevocationListener;
  readonly #now: () => Date;

  constructor({ store, revocations, now }: TokenServiceDependencies) {
    this.#store = store;
    this.#revocations = revocations;
    this.#now = now;
  }

  /**
   * Makes a token, and the agent when there is none of that name. The secret is not kept: this is the only time it is shown, and a
   * repeated request does not get it.
   *
   * @throws FerryError VALIDATION for a name that no agent can have, or an expiry in the past; FORBIDDEN.
   */
  async create(
    principal: Principal,
    { agentName, expiresAt }: TokenRequest,
    once?: OnceRequest,
  ): Promise<MadeOnce<Token> & { readonly agent: Agent; readonly secret?: string }> {
    authorize(principal, 'write', { kind: 'hub' }, { named: 'token', doing: 'make agent tokens' });
    if (expiresAt !== undefined && expiresAt <= this.#now()) {
      throw new FerryError('VALIDATION', `The token would have expired already, on ${expiresAt.toISOString()}.`);
    }
    const secret = newSecret();
    const result = await makeOnce({
      store: this.#store,
      principal,
      once,
      objectKind: 'token',
      now: this.#now,
      make: async ({ agents, tokens, audit }) => {
        const known = await agents.getByName(agentName);
        const agent = known ?? (await agents.create({ name: checkedName(agentName), description: '', labels: [] }));
        const token = await tokens.create({
          agentId: agent.id,
          name: agent.name,
          prefix: secretPrefix(secret),
          hash: secretHash(secret),
          ...(expiresAt !== undefined && { expiresAt }),
        });
        const details = { agent: agent.name, expiresAt: expiresAt?.toISOString() ?? null };
        await audit.append(auditEvent(principal, 'token.created', subjectOf(token), details, this.#now()));
        return token;
      },
      find: (id) => this.#store.tokens.getById(id),
    });
    const agent = await this.#agentOf(result.made);
    return { ...result, agent, ...(!result.isRepeat && { secret }) };
  }

  /** @throws FerryError FORBIDDEN. */
  async list(principal: Principal, filter: TokenFilter, page: PageRequest): Promise<Page<Token>> {
    authorize(principal, 'read', { kind: 'hub' }, { named: 'token', doing: 'see agent tokens' });
    return this.#store.tokens.list(filter, page);
  }

  /** Revokes a token and has its sessions closed; a token that is revoked already stays so. @throws FerryError NOT_FOUND, FORBIDDEN. */
  async revoke(principal: Principal, id: number): Promise<void> {
    authorize(principal, 'write', { kind: 'hub' }, { named: `token ${id}`, doing: 'revoke agent tokens' });
    const token = await this.#store.tokens.getById(id);
    if (token === undefined) throw new FerryError('NOT_FOUND', `There is no token ${id}.`);
    await this.#store.transaction(async ({ tokens, audit }) => {
      await tokens.revoke(id, this.#now());
      await audit.append(auditEvent(principal, 'token.revoked', subjectOf(token), { agent: token.name }, this.#now()));
    });
    this.#revocations.tokenRevoked(token);
  }

  /** The agent that a secret speaks for. @throws FerryError UNAUTHENTICATED that says what is wrong with the token. */
  async authenticate(secret: string): Promise<AgentToken> {
    const token = isSecret(secret) ? await this.#store.tokens.getByHash(secretHash(secret)) : undefined;
    if (token === undefined) {
      throw new FerryError('UNAUTHENTICATED', 'The agent token is not known here. Check that it is complete.', {
        details: { reason: 'unknownToken' },
      });
    }
    const now = this.#now();
    if (!isTokenValid(token, now)) throw invalid(token);
    const agent = await this.#agentOf(token);
    await this.#noteUse(token, now);
    return { agent, token };
  }

  /** What is wrong by now with tokens that were good, by their ids; those that still are do not appear. Asks the database once. */
  async refusals(ids: readonly number[]): Promise<ReadonlyMap<number, FerryError>> {
    const now = this.#now();
    const known = new Map((await this.#store.tokens.getByIds(ids)).map((token) => [token.id, token]));
    const refusals = new Map<number, FerryError>();
    for (const id of ids) {
      const token = known.get(id);
      if (token === undefined) refusals.set(id, agentGone());
      else if (!isTokenValid(token, now)) refusals.set(id, invalid(token));
    }
    return refusals;
  }

  async #agentOf(token: Token): Promise<Agent> {
    const agent = await this.#store.agents.getById(token.agentId);
    if (agent === undefined) throw agentGone();
    return agent;
  }

  async #noteUse(token: Token, now: Date): Promise<void> {
    const sinceLastUseMs = now.getTime() - (token.lastUsedAt?.getTime() ?? 0);
    if (sinceLastUseMs >= LAST_USED_PRECISION_MS) await this.#store.tokens.updateLastUsed(token.id, now);
  }
}

function subjectOf({ id, prefix }: Token) {
  return { kind: 'token', id: String(id), name: `${prefix}…` } as const;
}

/** An agent takes its tokens along. */
function agentGone(): FerryError {
  return new FerryError('UNAUTHENTICATED', 'The agent of this token was removed.');
}

function invalid({ prefix, name, revokedAt, expiresAt }: Token): FerryError {
  const what = revokedAt === undefined ? 'expired' : 'was revoked';
  const when = (revokedAt ?? expiresAt)?.toISOString();
  return new FerryError(
    'UNAUTHENTICATED',
    `The agent token ${prefix}… ${what} on ${when}. Make another with ferry tokens create ${name}.`,
  );
}
