import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import type { PolledSessions } from '../../application/agent/polled-sessions.ts';
import { DatabasePulse } from '../../application/health/database-pulse.ts';
import type { RequestObserver } from '../../application/metrics/request-observer.ts';
import { agentDoorRoutes } from './agent-door/agent-door-routes.ts';
import { refuseConnection } from './answer/connection-problem.ts';
import { sendProblem } from './answer/problem.ts';
import { answerUnknownPaths } from './answer/unknown-path.ts';
import { apiRoutes } from './api-routes.ts';
import { type HttpOptions, httpOptions } from './http-options.ts';
import type { HttpServices } from './http-services.ts';
import { declarePrincipal, principalOrNobody } from './middleware/authentication.ts';
import { allowOrigins } from './middleware/cross-origin.ts';
import { readJsonOnly } from './middleware/json-body.ts';
import { requireListedHost } from './middleware/listed-host.ts';
import { countRequests } from './middleware/rate-limits.ts';
import { RequestLog, requestLogger } from './middleware/request-log.ts';
import { observeRequests } from './middleware/request-metrics.ts';
import { crookedPath, refuseCrookedPath } from './middleware/request-path.ts';
import { requireSafeQuery } from './middleware/safe-query.ts';
import { lastingTls, setSecurityHeaders } from './middleware/security-headers.ts';
import { maxHeadersCount, serverLimits } from './middleware/server-limits.ts';
import { StrangerSockets } from './middleware/stranger-sockets.ts';
import { describeApi } from './openapi/openapi.ts';
import { secureServerFactory } from './secure-server.ts';
import type { ServerCertificate } from './server-certificate.ts';
import { servicesInTime } from './services-in-time.ts';
import { watchRoutes } from './watch-routes.ts';

export interface HttpServerParts {
  readonly services: HttpServices;
  readonly logger: Logger;
  /** Of the hub, for `/health` and the description of the interface. */
  readonly version: string;
  /** What is left out has its default (`defaultHttpOptions`). */
  readonly options?: Partial<HttpOptions>;
  /** Whether the database answers; taken to do so when left out. */
  readonly pulse?: DatabasePulse;
  /** The sessions of agents that poll; without them the agents' door is not here. */
  readonly polledSessions?: PolledSessions;
  /** Connections of nobody known yet; its own when left out. */
  readonly strangers?: StrangerSockets;
  /** With it the server speaks TLS, and only that; without it plain HTTP. */
  readonly certificate?: ServerCertificate;
  /** Hears of every request; nobody does when left out. */
  readonly observer?: RequestObserver;
}

/**
 * The REST interface under `/api/v1`, `/metrics` and the agents' door beside it, not yet listening. Whatever a request meets on its way stands here in
 * that order.
 *
 * @throws FerryError VALIDATION for an option that cannot be read.
 */
export function buildHttpServer({
  services: plainServices,
  logger,
  version,
  options: given,
  certificate,
  observer,
  pulse = new DatabasePulse(),
  polledSessions: sessions,
  strangers: givenStrangers,
}: HttpServerParts): FastifyInstance {
  const options = httpOptions(given);
  const services = servicesInTime(plainServices, pulse);
  const strangers = givenStrangers ?? new StrangerSockets(options.trustedProxies);
  const loggerInstance: FastifyBaseLogger = requestLogger(logger);
  const app = Fastify({
    ...serverLimits,
    // `https` is how Fastify learns what to call its address.
    ...(certificate && { https: {}, serverFactory: secureServerFactory(certificate) }),
    loggerInstance,
    logController: new RequestLog(),
    // An empty list would trust nobody as well, but say so less plainly.
    trustProxy: options.trustedProxies.length > 0 && [...options.trustedProxies],
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    clientErrorHandler: refuseConnection,
    // A path that the router cannot even read meets no hook.
    frameworkErrors: (_error, request, reply) => {
      setSecurityHeaders(request.id, reply);
      sendProblem(crookedPath(), request, reply);
    },
  });
  app.server.maxHeadersCount = maxHeadersCount;
  strangers.watch(app.server);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  declarePrincipal(app);

  app.addHook('onRequest', async (request, reply) => setSecurityHeaders(request.id, reply));
  if (certificate?.isLasting === true)
    app.addHook('onRequest', async (_request, reply) => void reply.headers(lastingTls));
  app.addHook('onRequest', async (request) => requireListedHost(options.hosts, request.raw));
  app.addHook('onRequest', refuseCrookedPath);
  if (observer !== undefined) observeRequests(app, observer);
  allowOrigins(app, options.corsOrigins);
  readJsonOnly(app);
  app.addHook('preValidation', async (request) => {
    if (principalOrNobody(request) !== undefined) strangers.admit(request.raw.socket);
  });
  app.addHook('preValidation', requireSafeQuery);
  answerUnknownPaths(app);
  countRequests(app);
  describeApi(app, version);
  app.register(watchRoutes, { services, options });
  if (sessions !== undefined) app.register(agentDoorRoutes, { prefix: '/api/agent', sessions, strangers });
  app.register(apiRoutes, { prefix: '/api/v1', services, version, options });
  return app;
}
