import { join } from 'node:path';
import { FerryError, parsePattern } from '@ferryline/engine';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Argon2PasswordHasher } from './adapter/argon2/argon2-password-hasher.ts';
import { buildHttpServer } from './adapter/http/http-server.ts';
import { requireListedHost } from './adapter/http/middleware/listed-host.ts';
import { StrangerSockets } from './adapter/http/middleware/stranger-sockets.ts';
import { JwtAccessTokens } from './adapter/jwt/jwt-access-tokens.ts';
import { rotateSigningKey } from './adapter/jwt/key-ring-file.ts';
import { SigningKeys } from './adapter/jwt/signing-keys.ts';
import { PrometheusMetrics } from './adapter/prometheus/prometheus-metrics.ts';
import { DataDirectorySetupCode } from './adapter/setup-code/data-directory-setup-code.ts';
import { migrateToLatest } from './adapter/sql/migrations/migrate.ts';
import type { Database } from './adapter/sql/schema.ts';
import { SqlHealth } from './adapter/sql/sql-health.ts';
import { SqlStore } from './adapter/sql/sql-store.ts';
import { AgentPolls } from './application/agent/agent-polls.ts';
import { AgentPresence } from './application/agent/agent-presence.ts';
import { AgentRefusals } from './application/agent/agent-refusals.ts';
import { AgentService } from './application/agent/agent-service.ts';
import { GrantService } from './application/agent/grant-service.ts';
import { AuditService } from './application/audit/audit-service.ts';
import { KeyRotations } from './application/audit/key-rotations.ts';
import { AuthService } from './application/auth/auth-service.ts';
import type { OfferedCode } from './application/auth/setup-code.ts';
import { announcingStore } from './application/events/announcing-store.ts';
import { EventFeed } from './application/events/event-feed.ts';
import { DatabasePulse } from './application/health/database-pulse.ts';
import { JobService } from './application/job/job-service.ts';
import { MetricsService } from './application/metrics/metrics-service.ts';
import { RunService } from './application/run/run-service.ts';
import { SystemAlarm } from './application/scheduler/alarm.ts';
import { ScheduledRuns } from './application/scheduler/scheduled-runs.ts';
import { Scheduler } from './application/scheduler/scheduler.ts';
import { failureWatchingStore } from './application/store/failure-watching-store.ts';
import { Tidying } from './application/store/tidying.ts';
import { TokenService } from './application/token/token-service.ts';
import { TransferRecords } from './application/transfer/transfer-records.ts';
import { TransferService } from './application/transfer/transfer-service.ts';
import { ApiKeyService } from './application/user/api-key-service.ts';
import { UserService } from './application/user/user-service.ts';
import { exposureWarnings } from './infrastructure/config/exposure.ts';
import type { HubConfig } from './infrastructure/config/hub-config.ts';
import { openDataDirectory } from './infrastructure/db/data-directory.ts';
import { openDatabase } from './infrastructure/db/open-database.ts';
import { Dispatcher } from './infrastructure/dispatch/dispatcher.ts';
import { RunPlanning } from './infrastructure/dispatch/run-planning.ts';
import { RelayStore } from './infrastructure/engine/relay/relay-store.ts';
import { PollingDoor } from './infrastructure/polling/polling-door.ts';
import { AgentDoor } from './infrastructure/session/agent-door.ts';
import { AgentSessions } from './infrastructure/session/agent-sessions.ts';
import { HubCertificate } from './infrastructure/tls/hub-certificate.ts';
import { forwardedAddress } from './infrastructure/websocket/forwarded-address.ts';
import { WebSocketDoor } from './infrastructure/websocket/websocket-door.ts';

export { backupHub } from './infrastructure/db/backup-hub.ts';

const HUB_VERSION = '0.1.0';

export interface RunningHub {
  /** Where it listens, with the port it really got. */
  readonly url: string;
  /** Present when it speaks TLS: `sha256:AB:CD:…`, of the certificate that it showed first. */
  readonly fingerprint?: string;
  /** Present while the hub has no user: whoever shows it makes the first administrator. */
  readonly setupCode?: OfferedCode;
  /** Resolves after `close`; rejects when the hub cannot go on: it is to be closed then. */
  readonly closed: Promise<void>;
  /** Stops taking work, records what is open, ends every session, and resolves when all is quiet. May be called twice. */
  close(): Promise<void>;
}

/**
 * Builds the hub, wires it and starts it. What was opened is closed again when a later step fails.
 *
 * @throws FerryError when the data directory cannot be used or another hub holds it, the certificate does not do, the database does
 * not open, or the port is taken.
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

/**
 * Makes a new key for access tokens; those that were signed with the old one hold until they expire. A hub that runs on the same data
 * directory takes it up within seconds.
 *
 * @throws FerryError INTERNAL when the data directory has no keys yet, or cannot be used.
 */
export async function rotateKeys({ dataDir }: Pick<HubConfig, 'dataDir'>): Promise<void> {
  await rotateSigningKey(dataDir, new Date());
}

async function start(config: HubConfig, logger: Logger, opened: AsyncDisposableStack): Promise<RunningHub> {
  const now = (): Date => new Date();
  const dataDirectory = openDataDirectory(config.dataDir);
  opened.defer(() => dataDirectory.close());
  const certificate = config.tls && HubCertificate.open(config.tls, config, { now, logger });
  opened.defer(() => certificate?.close());
  const lost = Promise.withResolvers<never>();
  const pulse = new DatabasePulse();
  const database = await openDatabase<Database>(config, lost.reject, pulse);
  opened.defer(() => database.close());
  await migrateToLatest(database.db);
  let databaseFailures = 0;
  const unannounced = failureWatchingStore(new SqlStore(database.db, now), () => {
    databaseFailures += 1;
  });
  const events = new EventFeed({
    store: unannounced,
    nowMs: () => performance.now(),
    onFailure: (err) =>
      logger.error({ err }, 'a round of the event feed failed; those who listen are told to read again'),
  });
  const store = announcingStore(unannounced, events.changes);

  const passwords = new Argon2PasswordHasher();
  const rotations = new KeyRotations({ store, now });
  const signingKeys = new SigningKeys(config.dataDir, (key) => rotations.note(key));
  // Now and not at the first sign-in: with keys that are damaged, or that others may read, no hub starts (ATTACKS.md A18).
  await signingKeys.ringAt(now());
  const accessTokens = new JwtAccessTokens(signingKeys);
  const setupCodeFile = new DataDirectorySetupCode(config.dataDir);
  const auth = new AuthService({ store, passwords, accessTokens, setupCodeFile, now });
  opened.defer(() => auth.close());

  const relayStore = await RelayStore.open({
    directory: join(config.dataDir, 'relay'),
    claims: store.relayClaims,
    quotaBytes: config.relayDiskBytes,
    logger,
  });
  opened.defer(() => relayStore.close());

  const sessions = new AgentSessions({ relayMemoryBytes: config.relayMemoryBytes });
  const agents = new AgentService({ store, probe: sessions, removals: sessions, now });
  const tokens = new TokenService({ store, revocations: sessions, now });
  const dispatcher = new Dispatcher({
    links: sessions,
    records: new TransferRecords({ store }),
    runEnds: { runEnded: (run) => scheduler.runEnded(run) },
    relayMemoryBytes: config.relayMemoryBytes,
    stalledAfterMs: config.stallSeconds * 1_000,
    store: relayStore,
    nowMs: Date.now,
    logger,
  });
  const patterns = { check: (pattern: string) => void parsePattern(pattern) };
  const planner = new RunPlanning({ scanner: sessions });
  const runs = new RunService({ store, agents, patterns, planner, dispatcher, now });
  const scheduler = new Scheduler({
    store,
    runs: new ScheduledRuns({ store, runs }),
    alarm: new SystemAlarm(),
    onFailure: (job, err) => logger.error({ job, err }, 'a scheduled job could not be dealt with; trying again'),
  });

  const presence = new AgentPresence({ store, now });
  const strangers = new StrangerSockets(config.http.trustedProxies);
  const door = new AgentDoor({
    presence,
    refusals: new AgentRefusals({ store, now }),
    tokens,
    sessions,
    dispatch: (event) => dispatcher.dispatch(event),
    heartbeatMs: config.heartbeatSeconds * 1000,
    now,
    logger,
  });
  const polls = new AgentPolls({
    agents: store.agents,
    now,
    onFailure: (err) => logger.error({ err }, 'when agents last polled could not be recorded'),
  });
  opened.defer(() => polls.close());
  const pollingDoor = new PollingDoor({ door, polls });
  const webSocketDoor = new WebSocketDoor({
    door,
    sessions,
    handovers: pollingDoor,
    onAuthenticated: (socket) => strangers.admit(socket),
    addressOf: forwardedAddress(config.http.trustedProxies),
    requireOurs: (request) => requireListedHost(config.http.hosts, request),
  });
  const metrics = new PrometheusMetrics({
    version: HUB_VERSION,
    figures: {
      agentsOnline: () => store.agents.countOnline(),
      work: () => dispatcher.workFigures,
      relay: () => dispatcher.relayFigures,
      relayWaitingBytes: () => sessions.waitingBytes,
      relayMemoryBytes: config.relayMemoryBytes,
      relayDisk: () => relayStore.figures,
      ticks: () => scheduler.ticks,
      signInFailures: () => auth.signInFailures,
      databaseFailures: () => databaseFailures,
      eventStreams: () => events.streams,
    },
  });
  metrics.observeProcess();
  const http = buildHttpServer({
    services: {
      auth,
      users: new UserService({ store, passwords, dispatcher, now }),
      keys: new ApiKeyService({ store, now }),
      agents,
      grants: new GrantService({ store, dispatcher, now }),
      tokens,
      jobs: new JobService({ store, agents, runs, patterns, scheduler, now }),
      runs,
      transfers: new TransferService({ store, dispatcher, now }),
      audit: new AuditService({ store }),
      events,
      metrics: new MetricsService({ metrics }),
      health: new SqlHealth(database.db),
    },
    logger,
    version: HUB_VERSION,
    options: config.http,
    ...(certificate && { certificate }),
    observer: metrics,
    polledSessions: pollingDoor,
    pulse,
    strangers,
  });
  http.server.on('upgrade', (request, socket, head) => webSocketDoor.upgrade(request, socket, head));

  await auth.ensureAdministrator(config.admin);
  const setupCode = await auth.offerSetupCode();
  await presence.recordAllOffline();
  await dispatcher.start();
  opened.defer(() => dispatcher.close());
  await scheduler.start();
  opened.defer(() => scheduler.close());
  const tidying = new Tidying({ store, auth, now, onFailure: (err) => logger.error({ err }, 'tidying failed') });
  opened.defer(() => tidying.close());
  events.start();
  opened.defer(() => events.close());
  opened.defer(() => http.close());
  // Before the server, which waits for every connection to end: an agent's does not by itself.
  opened.defer(() => door.close());
  opened.defer(() => webSocketDoor.close());
  const url = await listen(http, config);
  for (const warning of exposureWarnings(config)) logger.warn({ url }, warning);
  logger.info({ url, dataDir: config.dataDir, database: database.kind }, 'hub started');

  let closing: Promise<void> | undefined;
  const stopped = Promise.withResolvers<void>();
  // Whoever waits for the end hears of the loss; nobody has to.
  const closed = Promise.race([stopped.promise, lost.promise]);
  closed.catch((err: unknown) => logger.error({ err }, 'the hub cannot go on'));
  return {
    url,
    closed,
    ...(certificate && { fingerprint: certificate.pair.fingerprint }),
    ...(setupCode && { setupCode }),
    close: () => {
      closing ??= opened.disposeAsync().then(stopped.resolve);
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
