import type { AgentRepository } from '../../domain/agent/agent-repository.ts';
import type { GrantRepository } from '../../domain/agent/grant-repository.ts';
import type { AuditRepository } from '../../domain/audit/audit-repository.ts';
import type { IdempotencyRepository } from '../../domain/idempotency/idempotency.ts';
import type { JobRepository } from '../../domain/job/job-repository.ts';
import type { RunRepository } from '../../domain/run/run-repository.ts';
import type { TokenRepository } from '../../domain/token/token-repository.ts';
import type { RelayClaimRepository } from '../../domain/transfer/relay-claim-repository.ts';
import type { TransferRepository } from '../../domain/transfer/transfer-repository.ts';
import type { ApiKeyRepository } from '../../domain/user/api-key-repository.ts';
import type { SignInRepository } from '../../domain/user/sign-in-repository.ts';
import type { UserRepository } from '../../domain/user/user-repository.ts';

/** Everything durable that the hub knows. */
export interface Repositories {
  readonly users: UserRepository;
  readonly signIns: SignInRepository;
  readonly apiKeys: ApiKeyRepository;
  readonly agents: AgentRepository;
  readonly grants: GrantRepository;
  readonly tokens: TokenRepository;
  readonly jobs: JobRepository;
  readonly runs: RunRepository;
  readonly transfers: TransferRepository;
  readonly relayClaims: RelayClaimRepository;
  readonly audit: AuditRepository;
  readonly idempotency: IdempotencyRepository;
}

/** The repositories, and a way to change several things at once. */
export interface Store extends Repositories {
  /**
   * Does the work in one transaction: all of it is durable when this resolves, and none of it has happened when it rejects. The work
   * uses only the repositories it is given, waits for nothing but the database, and changes nothing else: it may be done over when
   * the database ends it in favour of another transaction.
   */
  transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T>;
}
