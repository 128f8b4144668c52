import type { Kysely } from 'kysely';
import type { Repositories, Store } from '../../application/store/store.ts';
import type { Database } from './schema.ts';
import { SqlAgentRepository } from './sql-agent-repository.ts';
import { SqlApiKeyRepository } from './sql-api-key-repository.ts';
import { SqlAuditRepository } from './sql-audit-repository.ts';
import { SqlGrantRepository } from './sql-grant-repository.ts';
import { SqlIdempotencyRepository } from './sql-idempotency-repository.ts';
import { SqlJobRepository } from './sql-job-repository.ts';
import { SqlRelayClaimRepository } from './sql-relay-claim-repository.ts';
import { SqlRunRepository } from './sql-run-repository.ts';
import { SqlSignInRepository } from './sql-sign-in-repository.ts';
import { SqlTokenRepository } from './sql-token-repository.ts';
import { SqlTransferRepository } from './sql-transfer-repository.ts';
import { SqlUserRepository } from './sql-user-repository.ts';
import { type Answering, tryAgain, tryingAgain } from './trying-again.ts';

/** Every repository over one database, outside of any transaction or within one. */
class SqlRepositories implements Repositories {
  readonly users: SqlUserRepository;
  readonly signIns: SqlSignInRepository;
  readonly apiKeys: SqlApiKeyRepository;
  readonly agents: SqlAgentRepository;
  readonly grants: SqlGrantRepository;
  readonly tokens: SqlTokenRepository;
  readonly jobs: SqlJobRepository;
  readonly runs: SqlRunRepository;
  readonly transfers: SqlTransferRepository;
  readonly relayClaims: SqlRelayClaimRepository;
  readonly audit: SqlAuditRepository;
  readonly idempotency: SqlIdempotencyRepository;

  /** @param through gives what stands before a repository */
  constructor(db: Kysely<Database>, now: () => Date, through: <T extends Answering<T>>(repository: T) => T) {
    this.users = through(new SqlUserRepository(db, now));
    this.signIns = through(new SqlSignInRepository(db));
    this.apiKeys = through(new SqlApiKeyRepository(db, now));
    this.agents = through(new SqlAgentRepository(db, now));
    this.grants = through(new SqlGrantRepository(db));
    this.tokens = through(new SqlTokenRepository(db, now));
    this.jobs = through(new SqlJobRepository(db, now));
    this.runs = through(new SqlRunRepository(db, now));
    this.transfers = through(new SqlTransferRepository(db, now));
    this.relayClaims = through(new SqlRelayClaimRepository(db));
    this.audit = through(new SqlAuditRepository(db));
    this.idempotency = through(new SqlIdempotencyRepository(db));
  }
}

export class SqlStore extends SqlRepositories implements Store {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    super(db, now, tryingAgain);
    this.#db = db;
    this.#now = now;
  }

  transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    // Within a transaction nothing is tried again by itself: after a failure the database takes no further statement of it.
    return tryAgain(() =>
      this.#db.transaction().execute((db) => work(new SqlRepositories(db, this.#now, (repository) => repository))),
    );
  }
}
