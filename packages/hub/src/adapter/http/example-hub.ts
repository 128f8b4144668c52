import { createSecretKey, randomBytes } from 'node:crypto';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { Kysely } from 'kysely';
import { type Logger, pino } from 'pino';
import { AgentService } from '../../application/agent/agent-service.ts';
import { AuthService } from '../../application/auth/auth-service.ts';
import { RunService } from '../../application/run/run-service.ts';
import { TokenService } from '../../application/token/token-service.ts';
import { TransferService } from '../../application/transfer/transfer-service.ts';
import type { AllowedRoot } from '../../domain/agent/agent.ts';
import { Argon2PasswordHasher } from '../argon2/argon2-password-hasher.ts';
import { JwtAccessTokens } from '../jwt/jwt-access-tokens.ts';
import { migrateToLatest } from '../sql/migrations/migrate.ts';
import type { Database } from '../sql/schema.ts';
import { SqlAgentRepository } from '../sql/sql-agent-repository.ts';
import { SqlHealth } from '../sql/sql-health.ts';
import { SqlRunRepository } from '../sql/sql-run-repository.ts';
import { SqlTokenRepository } from '../sql/sql-token-repository.ts';
import { SqlTransferRepository } from '../sql/sql-transfer-repository.ts';
import { SqlUserRepository } from '../sql/sql-user-repository.ts';
import { buildHttpServer } from './http-server.ts';
import type { HttpServices } from './http-services.ts';

export const ADMIN_PASSWORD = 'correct horse battery';

/** Everything behind the REST interface but the agents, for tests: the real services over a real database. */
export interface ExampleHub {
  readonly app: FastifyInstance;
  readonly services: HttpServices;
  readonly runs: SqlRunRepository;
  /** What the dispatcher and the sessions were told, in order. */
  readonly told: readonly string[];
  /** Makes a user and signs them in. */
  signIn(role: 'admin' | 'user'): Promise<Caller>;
  /** Makes an agent that has connected and reported its roots; returns its id. */
  connect(name: string, ...roots: readonly AllowedRoot[]): Promise<number>;
}

/** Somebody who asks the hub, and gets JSON. */
export interface Caller {
  readonly userId: number;
  get(path: string): Promise<LightMyRequestResponse>;
  post(path: string, body?: object): Promise<LightMyRequestResponse>;
}

export async function buildExampleHub(
  db: Kysely<Database>,
  logger: Logger = pino({ level: 'silent' }),
): Promise<ExampleHub> {
  await migrateToLatest(db);
  const now = () => new Date();
  const told: string[] = [];
  const users = new SqlUserRepository(db, now);
  const agents = new SqlAgentRepository(db, now);
  const runs = new SqlRunRepository(db, now);
  const transfers = new SqlTransferRepository(db, now);
  const accessTokens = new JwtAccessTokens(createSecretKey(randomBytes(32)));
  const passwords = new Argon2PasswordHasher();
  const agentService = new AgentService({ agents, now });
  const dispatcher = {
    runCreated: (run: { readonly id: number }) => told.push(`created run ${run.id}`),
    runCancelled: (runId: number) => told.push(`cancelled run ${runId}`),
  };
  const revocations = { tokenRevoked: (token: { readonly id: number }) => told.push(`revoked token ${token.id}`) };
  const services = {
    auth: new AuthService({ users, passwords, accessTokens, now }),
    agents: agentService,
    tokens: new TokenService({ tokens: new SqlTokenRepository(db, now), agents, agentService, revocations, now }),
    runs: new RunService({ runs, agentService, dispatcher, now }),
    transfers: new TransferService({ transfers, runs }),
    health: new SqlHealth(db),
  };
  const app = buildHttpServer({ services, logger, version: '0.1.0' });
  await services.auth.ensureAdministrator({ password: ADMIN_PASSWORD });

  return {
    app,
    services,
    runs,
    told,
    async signIn(role) {
      const email = `${role}${randomBytes(4).toString('hex')}@example.com`;
      const user = await users.create({ email, role, passwordHash: 'none' });
      const { accessToken } = await accessTokens.issue(user.id, now());
      const authorization = `Bearer ${accessToken}`;
      return {
        userId: user.id,
        get: (path) => app.inject({ url: `/api/v1${path}`, headers: { authorization } }),
        post: (path, payload = {}) =>
          app.inject({ method: 'POST', url: `/api/v1${path}`, headers: { authorization }, payload }),
      };
    },
    async connect(name, ...roots) {
      const { id } = await agents.create({ name, description: '' });
      const info = { version: '0.1.0', host: name, os: 'linux', arch: 'x64', roots };
      await agents.updateInfo(id, { info, transport: 'websocket', address: '10.1.2.3', at: now() });
      return id;
    },
  };
}
