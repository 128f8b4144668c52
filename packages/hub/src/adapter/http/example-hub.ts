import { randomBytes } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Kysely } from 'kysely';
import { type Logger, pino } from 'pino';
import { announcingStore } from '../../application/events/announcing-store.ts';
import { EventFeed, ROUND_MS } from '../../application/events/event-feed.ts';
import { failureWatchingStore } from '../../application/store/failure-watching-store.ts';
import type { Store } from '../../application/store/store.ts';
import type { AllowedRoot } from '../../domain/agent/agent.ts';
import type { Scope } from '../../domain/user/api-key.ts';
import { Argon2PasswordHasher } from '../argon2/argon2-password-hasher.ts';
import { JwtAccessTokens } from '../jwt/jwt-access-tokens.ts';
import { newKeyRing } from '../jwt/key-ring.ts';
import { PrometheusMetrics } from '../prometheus/prometheus-metrics.ts';
import type { Database } from '../sql/schema.ts';
import { SqlStore } from '../sql/sql-store.ts';
import { examplePolledSessions } from './agent-door/example-polled-sessions.ts';
import { buildExampleServices } from './example-services.ts';
import type { HttpOptions } from './http-options.ts';
import { buildHttpServer } from './http-server.ts';
import type { HttpServices } from './http-services.ts';

export const ADMIN_EMAIL = 'admin@example.com';
export const ADMIN_PASSWORD = 'correct horse battery';

/** Tests hash often, and guard nothing. */
const CHEAP = { memoryKiB: 1_024, passes: 1, parallelism: 1 };

export interface ExampleHubOptions {
  readonly logger?: Logger;
  readonly options?: Partial<HttpOptions>;
}

/** Somebody who asks the hub, and gets JSON. */
export interface Caller {
  readonly userId: number;
  /** An access token or an API key. */
  readonly credential: string;
  get(path: string, headers?: InjectOptions['headers']): Promise<LightMyRequestResponse>;
  post(path: string, body?: object, headers?: InjectOptions['headers']): Promise<LightMyRequestResponse>;
  put(path: string, body: object): Promise<LightMyRequestResponse>;
  patch(path: string, body: object, headers?: InjectOptions['headers']): Promise<LightMyRequestResponse>;
  delete(path: string, headers?: InjectOptions['headers']): Promise<LightMyRequestResponse>;
}

/** Everything behind the REST interface but the agents, for tests: the real services over a real database. */
export interface ExampleHub {
  readonly app: FastifyInstance;
  readonly services: HttpServices;
  readonly store: Store;
  /** Every route, as the router has it. */
  readonly routes: readonly { readonly method: string; readonly url: string }[];
  /** What the dispatcher and the sessions were told, in order. */
  readonly told: readonly string[];
  /** Lets so much time pass for the event feed, and has it make a round: it makes none by itself. */
  tellEvents(afterMs?: number): Promise<void>;
  /** Makes a user and signs them in, without the price of a password. */
  signIn(role: 'admin' | 'user'): Promise<Caller>;
  /** Makes an API key of a signed-in user. */
  withKey(owner: Caller, scope: Scope): Promise<Caller>;
  /** Makes an agent that has connected and reported its roots; returns its id. */
  connect(name: string, ...roots: readonly AllowedRoot[]): Promise<number>;
  /** Lets a user copy from and to these agents. */
  share(user: Caller, ...agentIds: readonly number[]): Promise<void>;
  /** Makes an administrator who can sign in as ADMIN_EMAIL with ADMIN_PASSWORD. */
  setUp(): Promise<void>;
  /** Gives a user a password. */
  setPassword(user: Caller, password: string): Promise<void>;
}

export function buildExampleHub(
  db: Kysely<Database>,
  { logger = pino({ level: 'silent' }), options = {} }: ExampleHubOptions = {},
): ExampleHub {
  const now = () => new Date();
  const told: string[] = [];
  let nowMs = 0;
  let databaseFailures = 0;
  const database = failureWatchingStore(new SqlStore(db, now), () => {
    databaseFailures += 1;
  });
  const events = new EventFeed({
    store: database,
    nowMs: () => nowMs,
    onFailure: (err) => logger.error({ err }, 'a round of the event feed failed'),
  });
  const store = announcingStore(database, events.changes);
  const ring = newKeyRing(now());
  const accessTokens = new JwtAccessTokens({ ringAt: async () => ring });
  const passwords = new Argon2PasswordHasher({ cost: CHEAP });
  const metrics = new PrometheusMetrics({
    version: '0.1.0',
    figures: {
      agentsOnline: () => store.agents.countOnline(),
      // Nobody carries anything out here.
      work: () => ({ runs: {}, transfers: {}, endedRuns: {}, endedTransfers: {} }),
      relay: () => ({ rawBytes: 0, wireBytes: 0, chunksForwarded: 0, chunksRefused: 0 }),
      relayWaitingBytes: () => 0,
      relayMemoryBytes: 1,
      ticks: () => ({ done: 0, failed: 0 }),
      signInFailures: () => services.auth.signInFailures,
      databaseFailures: () => databaseFailures,
      eventStreams: () => events.streams,
    },
  });
  const services = buildExampleServices({ db, store, events, metrics, accessTokens, passwords, told, now });
  const polledSessions = examplePolledSessions(services.tokens);
  const app = buildHttpServer({ services, logger, version: '0.1.0', options, observer: metrics, polledSessions });
  const routes: { method: string; url: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, url });
  });

  function caller(userId: number, credential: string): Caller {
    const ask =
      (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE') =>
      (path: string, payload?: object, headers: InjectOptions['headers'] = {}) =>
        app.inject({
          method,
          url: `/api/v1${path}`,
          headers: { authorization: `Bearer ${credential}`, ...headers },
          ...(payload !== undefined && { payload }),
        });
    return {
      userId,
      credential,
      get: (path, headers) => ask('GET')(path, undefined, headers),
      post: ask('POST'),
      put: ask('PUT'),
      patch: ask('PATCH'),
      delete: (path, headers) => ask('DELETE')(path, undefined, headers),
    };
  }

  return {
    app,
    services,
    store,
    routes,
    told,
    async tellEvents(afterMs = ROUND_MS) {
      nowMs += afterMs;
      await events.round();
    },
    async signIn(role) {
      const email = `${role}-${randomBytes(4).toString('hex')}@example.com`;
      const { id } = await store.users.create({ email, role, passwordHash: 'none' });
      const signInId = randomBytes(16).toString('hex');
      const at = now();
      const endsAt = new Date(at.getTime() + 60 * 60_000);
      const life = { createdAt: at, lastUsedAt: at, expiresAt: endsAt, endsAt };
      await store.signIns.create({
        id: signInId,
        userId: id,
        refreshHash: '0',
        familyHash: '0',
        ...life,
        address: '192.0.2.1',
        client: 'test',
      });
      const { accessToken } = await accessTokens.issue({ userId: id, signInId }, at);
      return caller(id, accessToken);
    },
    async withKey(owner, scope) {
      const { secret } = (await owner.post('/keys', { name: scope, scope })).json();
      return caller(owner.userId, secret);
    },
    async connect(name, ...roots) {
      const { id } = await store.agents.create({ name, description: '', labels: [] });
      const info = { version: '0.1.0', host: name, os: 'linux', arch: 'x64', roots };
      await store.agents.updateInfo(id, { info, transport: 'websocket', address: '10.1.2.3', at: now() });
      return id;
    },
    async share({ userId }, ...agentIds) {
      for (const agentId of agentIds) await store.grants.put({ agentId, userId, access: 'write' });
    },
    async setUp() {
      await services.auth.ensureAdministrator({ email: ADMIN_EMAIL, password: ADMIN_PASSWORD });
    },
    async setPassword({ userId }, password) {
      await store.users.setPasswordHash(userId, await passwords.hash(password));
    },
  };
}
