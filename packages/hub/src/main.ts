import { join } from 'node:path';
import { FerryError } from '@ferryline/engine';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Argon2PasswordHasher } from './adapter/argon2/argon2-password-hasher.ts';
import { buildHttpServer } from './adapter/http/http-server.ts';
import { JwtAccessTokens } from './adapter/jwt/jwt-access-tokens.ts';
import { loadSigningKey } from './adapter/jwt/signing-key.ts';
import { migrateToLatest } from './adapter/sql/migrations/migrate.ts';
import type { Database } from './adapter/sql/schema.ts';
import { SqlAgentRepository } from './adapter/sql/sql-agent-repository.ts';
import { SqlHealth } from './adapter/sql/sql-health.ts';
import { SqlRunRepository } from './adapter/sql/sql-run-repository.ts';
import { SqlTokenRepository } from './adapter/sql/sql-token-repository.ts';
import { SqlTransferRepository } from './adapter/sql/sql-transfer-repository.ts';
import { SqlUserRepository } from './adapter/sql/sql-user-repository.ts';
import { AgentService } from './application/agent/agent-service.ts';
import { AuthService } from './application/auth/auth-service.ts';
import { RunService } from './application/run/run-service.ts';
import { TokenService } from './application/token/token-service.ts';
import { TransferService } from './application/transfer/transfer-service.ts';
import type { HubConfig } from './infrastructure/config/hub-config.ts';
import { openDataDirectory } from './infrastructure/db/data-directory.ts';
import { openSqlite } from './infrastructure/db/open-sqlite.ts';
import { Dispatcher } from './infrastructure/dispatch/dispatcher.ts';
import { AgentGateway } from './infrastructure/websocket/agent-gateway.ts';
import { AgentSessions } from './infrastructure/websocket/agent-sessions.ts';

const HUB_VERSION = '0.1.0';

export interface RunningHub {
  /** Where it listens, with the port it really got. */
  readonly url: string;
  /** Present when this start made the first administrator; the password only when the hub chose it, shown this once. */
  readonly firstAdministrator?: { readonly email: string; readonly password?: string };
  /** Stops taking work, records what is open, ends every session, and resolves when all is quiet. May be called twice. */
  close(): Promise<void>;
}

/**
 * Builds the hub, wires it and starts it. What was opened is closed again when a later step fails.
 *
 * @throws FerryError when the data directory cannot be used or another hub holds it, the database does not open, or the port is taken.
 */
export async function startHub(config: HubConfig, { logger }: { readonly logger: Logger }): Promise<RunningHub> {
  const opened = new AsyncDisposableStack();
  try {
    return await start(config, logger, opened);
  } catch (thrown) {
    await opened.disposeAsync();
    throw thrown;
  }
}

async function start(config: HubConfig, logger: Logger, opened: AsyncDisposableStack): Promise<RunningHub> {
  const now = (): Date => new Date();
  const dataDirectory = openDataDirectory(config.dataDir);
  opened.defer(() => dataDirectory.close());
  const db = openSqlite<Database>(join(config.dataDir, 'ferryline.db'));
  opened.defer(() => db.destroy());
  await migrateToLatest(db);

  const users = new SqlUserRepository(db, now);
  const agents = new SqlAgentRepository(db, now);
  const tokens = new SqlTokenRepository(db, now);
  const runs = new SqlRunRepository(db, now);
  const transfers = new SqlTransferRepository(db, now);

  const accessTokens = new JwtAccessTokens(await loadSigningKey(config.dataDir));
  const auth = new AuthService({ users, passwords: new Argon2PasswordHasher(), accessTokens, now });
  const agentService = new AgentService({ agents, now });
  const transferService = new TransferService({ transfers, runs });
  const sessions = new AgentSessions();
  const tokenService = new TokenService({ tokens, agents, agentService, revocations: sessions, now });
  const dispatcher = new Dispatcher({
    links: sessions,
    records: transferService,
    relayMemoryBytes: config.relayMemoryBytes,
    nowMs: Date.now,
    logger,
  });
  const runService = new RunService({ runs, agentService, dispatcher, now });
  const gateway = new AgentGateway({
    agents: agentService,
    tokens: tokenService,
    sessions,
    dispatch: (event) => dispatcher.dispatch(event),
    heartbeatMs: config.heartbeatSeconds * 1000,
    now,
    logger,
  });
  const http = buildHttpServer({
    services: {
      auth,
      agents: agentService,
      tokens: tokenService,
      runs: runService,
      transfers: transferService,
      health: new SqlHealth(db),
    },
    logger,
    version: HUB_VERSION,
  });
  http.server.on('upgrade', (request, socket, head) => gateway.upgrade(request, socket, head));

  const administrator = await auth.ensureAdministrator(config.admin);
  await agentService.recordAllOffline();
  await dispatcher.start();
  opened.defer(() => dispatcher.close());
  opened.defer(() => http.close());
  // Before the server, which waits for every connection to end: an agent's does not by itself.
  opened.defer(() => gateway.close());
  const url = await listen(http, config);
  logger.info({ url, dataDir: config.dataDir }, 'hub started');

  let closing: Promise<void> | undefined;
  return {
    url,
    ...(administrator && {
      firstAdministrator: {
        email: administrator.email,
        ...(administrator.generatedPassword && { password: administrator.generatedPassword }),
      },
    }),
    close: () => {
      closing ??= opened.disposeAsync();
      return closing;
    },
  };
}

async function listen(http: FastifyInstance, { host, port }: HubConfig): Promise<string> {
  try {
    return await http.listen({ host, port });
  } catch (cause) {
    const errno = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    throw new FerryError('CONFLICT', `The hub cannot listen on ${host}, port ${port}: ${adviceFor(errno)}`, { cause });
  }
}

function adviceFor(errno: unknown): string {
  if (errno === 'EADDRINUSE') return 'something else does already. Stop it, or choose another with --port.';
  if (errno === 'EACCES') return 'the account may not use that port. Choose one above 1023 with --port.';
  if (errno === 'EADDRNOTAVAIL' || errno === 'ENOTFOUND')
    return 'this machine has no such address. Choose another with --host.';
  return `${String(errno)}.`;
}
