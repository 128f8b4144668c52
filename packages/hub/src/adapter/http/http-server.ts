import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { FerryError } from '@ferryline/engine';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { agentRoutes } from './agents.ts';
import { authRoutes } from './auth.ts';
import { authenticateWith, PRINCIPAL } from './authentication.ts';
import { healthRoutes } from './health.ts';
import type { HttpServices } from './http-services.ts';
import { sendProblem } from './problem.ts';
import { runRoutes } from './runs.ts';
import { tokenRoutes } from './tokens.ts';
import { transferRoutes } from './transfers.ts';

/** The longest request there is carries two paths of 4,096 bytes; escaped in JSON they still fit. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** Within this a whole request must have arrived, or its sender is only holding a connection open. */
const REQUEST_TIMEOUT_MS = 30_000;

export interface HttpServerParts {
  readonly services: HttpServices;
  readonly logger: Logger;
  /** Of the hub, for `/health`. */
  readonly version: string;
}

/** The REST interface under `/api/v1`, not yet listening. */
export function buildHttpServer({ services, logger, version }: HttpServerParts): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = logger;
  const app = Fastify({
    loggerInstance,
    // A line for each request of each watching browser says little; failures are logged where they are answered.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    frameworkErrors: sendProblem,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0];
    sendProblem(new FerryError('NOT_FOUND', `There is no ${request.method} ${path} here.`), request, reply);
  });
  app.decorateRequest(PRINCIPAL, null);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' });
  });
  app.register(helmet, {
    // Nothing here is a page. HSTS is for whoever serves TLS: the hub itself does not yet.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: false,
  });
  app.register(rateLimit, { global: false });

  const { auth, agents, tokens, runs, transfers, health } = services;
  const authenticate = authenticateWith(auth);
  app.register(
    async (api) => {
      api.register(healthRoutes, { health, version });
      api.register(authRoutes, { auth, authenticate });
      api.register(async (guarded) => {
        guarded.addHook('onRequest', authenticate);
        guarded.register(agentRoutes, { agents });
        guarded.register(tokenRoutes, { tokens, agents });
        guarded.register(runRoutes, { runs, agents });
        guarded.register(transferRoutes, { transfers, agents });
      });
    },
    { prefix: '/api/v1' },
  );
  return app;
}
