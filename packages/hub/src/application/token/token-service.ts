import type { Agent } from '../../domain/agent/agent.ts';
import type { AgentRepository } from '../../domain/agent/agent-repository.ts';
import { FerryError } from '../../domain/common/errors.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { isTokenValid, type Token } from '../../domain/token/token.ts';
import type { TokenRepository } from '../../domain/token/token-repository.ts';
import type { AgentService } from '../agent/agent-service.ts';
import type { RevocationListener } from './revocation-listener.ts';
import { isSecret, newSecret, secretHash, secretPrefix } from './token-secret.ts';

/** The last use is for people; an agent that opens many connections does not cost a commit for each. */
const LAST_USED_PRECISION_MS = 60_000;

export interface TokenServiceDependencies {
  readonly tokens: TokenRepository;
  readonly agents: AgentRepository;
  readonly agentService: AgentService;
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

/** The credentials of agents: 256 random bits, shown once. */
export class TokenService {
  readonly #tokens: TokenRepository;
  readonly #agents: AgentRepository;
  readonly #agentService: AgentService;
  readonly #revocations: RevocationListener;
  readonly #now: () => Date;

  constructor({ tokens, agents, agentService, revocations, now }: TokenServiceDependencies) {
    this.#tokens = tokens;
    this.#agents = agents;
    this.#agentService = agentService;
    this.#revocations = revocations;
    this.#now = now;
  }

  /**
   * Makes a token, and the agent when there is none of that name. The secret is not kept: this is the only time it is shown.
   *
   * @throws FerryError VALIDATION for a name that no agent can have, or an expiry in the past.
   */
  async create({ agentName, expiresAt }: TokenRequest): Promise<AgentToken & { readonly secret: string }> {
    if (expiresAt !== undefined && expiresAt <= this.#now()) {
      throw new FerryError('VALIDATION', `The token would have expired already, on ${expiresAt.toISOString()}.`);
    }
    const agent = await this.#agentService.getOrCreateByName(agentName);
    const secret = newSecret();
    const token = await this.#tokens.create({
      agentId: agent.id,
      name: agent.name,
      prefix: secretPrefix(secret),
      hash: secretHash(secret),
      ...(expiresAt !== undefined && { expiresAt }),
    });
    return { agent, token, secret };
  }

  list(page: PageRequest): Promise<Page<Token>> {
    return this.#tokens.list(page);
  }

  /** Revokes a token and has its sessions closed; a token that is revoked already stays so. @throws FerryError NOT_FOUND. */
  async revoke(id: number): Promise<void> {
    await this.#tokens.revoke(id, this.#now());
    const token = await this.#tokens.getById(id);
    if (token === undefined) throw new FerryError('NOT_FOUND', `There is no token ${id}.`);
    this.#revocations.tokenRevoked(token);
  }

  /** The agent that a secret speaks for. @throws FerryError UNAUTHENTICATED that says what is wrong with the token. */
  async authenticate(secret: string): Promise<AgentToken> {
    const token = isSecret(secret) ? await this.#tokens.getByHash(secretHash(secret)) : undefined;
    if (token === undefined) {
      throw new FerryError('UNAUTHENTICATED', 'The agent token is not known here. Check that it is complete.');
    }
    const now = this.#now();
    if (!isTokenValid(token, now)) throw invalid(token);
    const agent = await this.#agents.getById(token.agentId);
    if (agent === undefined) throw new FerryError('UNAUTHENTICATED', 'The agent of this token was removed.');
    await this.#noteUse(token, now);
    return { agent, token };
  }

  async #noteUse(token: Token, now: Date): Promise<void> {
    const sinceLastUseMs = now.getTime() - (token.lastUsedAt?.getTime() ?? 0);
    if (sinceLastUseMs >= LAST_USED_PRECISION_MS) await this.#tokens.updateLastUsed(token.id, now);
  }
}

function invalid({ prefix, name, revokedAt, expiresAt }: Token): FerryError {
  const what = revokedAt === undefined ? 'expired' : 'was revoked';
  const when = (revokedAt ?? expiresAt)?.toISOString();
  return new FerryError(
    'UNAUTHENTICATED',
    `The agent token ${prefix}… ${what} on ${when}. Make another with ferry tokens create ${name}.`,
  );
}
