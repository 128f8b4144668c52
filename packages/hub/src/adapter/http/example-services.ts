import type { Kysely } from 'kysely';
import { AgentService } from '../../application/agent/agent-service.ts';
import { GrantService } from '../../application/agent/grant-service.ts';
import { AuditService } from '../../application/audit/audit-service.ts';
import { AuthService } from '../../application/auth/auth-service.ts';
import type { EventFeed } from '../../application/events/event-feed.ts';
import { JobService } from '../../application/job/job-service.ts';
import { MetricsService } from '../../application/metrics/metrics-service.ts';
import type { MetricsText } from '../../application/metrics/metrics-text.ts';
import { examplePlanner } from '../../application/run/example-planner.ts';
import { RunService } from '../../application/run/run-service.ts';
import type { Store } from '../../application/store/store.ts';
import { TokenService } from '../../application/token/token-service.ts';
import { TransferService } from '../../application/transfer/transfer-service.ts';
import { ApiKeyService } from '../../application/user/api-key-service.ts';
import { UserService } from '../../application/user/user-service.ts';
import type { Argon2PasswordHasher } from '../argon2/argon2-password-hasher.ts';
import type { JwtAccessTokens } from '../jwt/jwt-access-tokens.ts';
import type { Database } from '../sql/schema.ts';
import { SqlHealth } from '../sql/sql-health.ts';
import type { HttpServices } from './http-services.ts';

export interface ExampleParts {
  readonly db: Kysely<Database>;
  readonly store: Store;
  readonly events: EventFeed;
  readonly metrics: MetricsText;
  readonly accessTokens: JwtAccessTokens;
  readonly passwords: Argon2PasswordHasher;
  readonly told: string[];
  readonly now: () => Date;
}

/** The real services, over a dispatcher, a scheduler and sessions that only note what they are told. */
export function buildExampleServices(parts: ExampleParts): HttpServices {
  const { db, store, events, metrics, accessTokens, passwords, told, now } = parts;
  const patterns = { check: () => undefined };
  const scheduler = {
    jobChanged: ({ id }: { readonly id: number }) => told.push(`job ${id} changed`),
    jobRemoved: (id: number) => told.push(`job ${id} removed`),
  };
  const dispatcher: ConstructorParameters<typeof RunService>[0]['dispatcher'] = {
    runAppeared: ({ id, state }) => told.push(`run ${id} appeared, ${state}`),
    runRetried: ({ id, state }, retried) => told.push(`run ${id} retried, ${state}, ${retried} transfers`),
    runCancelled: (id) => told.push(`run ${id} cancelled`),
    transfersCancelled: (transfers) => told.push(`cancelled ${transfers.map((each) => each.id)}`),
    transfersRetried: (transfers) => told.push(`retried ${transfers.map((each) => each.id)}`),
    transferResumed: (id) => told.push(`resumed ${id}`),
    heldChunks: () => undefined,
  };
  const agents = new AgentService({
    store,
    probe: {
      roundTripMs: async () => 3,
      list: async () => ({ entries: [{ name: 'a.log', kind: 'file', sizeBytes: 3 }], more: false, unlisted: 0 }),
    },
    removals: { agentRemoved: (id) => told.push(`agent ${id} removed`) },
    now,
  });
  const runs = new RunService({ store, agents, patterns, planner: examplePlanner, dispatcher, now });
  return {
    auth: new AuthService({
      store,
      passwords,
      accessTokens,
      setupCodeFile: { write: async () => undefined, remove: async () => undefined },
      now,
    }),
    users: new UserService({ store, passwords, dispatcher, now }),
    keys: new ApiKeyService({ store, now }),
    agents,
    grants: new GrantService({ store, dispatcher, now }),
    tokens: new TokenService({
      store,
      revocations: { tokenRevoked: ({ id }) => told.push(`revoked token ${id}`) },
      now,
    }),
    jobs: new JobService({ store, agents, runs, patterns, scheduler, now }),
    runs,
    transfers: new TransferService({ store, dispatcher, now }),
    audit: new AuditService({ store }),
    events,
    metrics: new MetricsService({ metrics }),
    health: new SqlHealth(db),
  };
}
