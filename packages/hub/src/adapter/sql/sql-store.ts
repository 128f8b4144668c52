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
import { isDeadlock } from './statement-failure.ts';

/** Nobody loses three times in a row but by a defect. */
const MAX_ATTEMPTS = 4;

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

  constructor(db: Kysely<Database>, now: () => Date) {
    this.users = new SqlUserRepository(db, now);
    this.signIns = new SqlSignInRepository(db);
    this.apiKeys = new SqlApiKeyRepository(db, now);
    this.agents = new SqlAgentRepository(db, now);
    this.grants = new SqlGrantRepository(db);
    this.tokens = new SqlTokenRepository(db, now);
    this.jobs = new SqlJobRepository(db, now);
    this.runs = new SqlRunRepository(db, now);
    this.transfers = new SqlTransferRepository(db, now);
    this.relayClaims = new SqlRelayClaimRepository(db);
    this.audit = new SqlAuditRepository(db);
    this.idempotency = new SqlIdempotencyRepository(db);
  }
}

export class SqlStore extends SqlRepositories implements Store {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    super(db, now);
    this.#db = db;
    this.#now = now;
  }

  async transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#db.transaction().execute((db) => work(new SqlRepositories(db, this.#now)));
      } catch (thrown) {
        // PostgreSQL ends one of two transactions that wait for each other; the other one is through by then.
        if (!isDeadlock(thrown) || attempt === MAX_ATTEMPTS) throw thrown;
      }
    }
  }
}
