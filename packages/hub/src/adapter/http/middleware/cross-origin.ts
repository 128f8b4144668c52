import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** How long a browser may rely on the answer to a preflight. */
const MAX_AGE_SECONDS = 600;

/**
 * Lets the pages of these origins, and of no others, read answers. Without a list nothing is said about foreign origins, so that
 * browsers keep them out. Cookies are never part of it: a foreign page signs its requests with a token or a key.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.register(cors, {
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match'],
    exposedHeaders: ['ETag', 'Idempotency-Replayed', 'Retry-After', 'X-Request-Id'],
    maxAge: MAX_AGE_SECONDS,
    // A preflight carries no token: who may ask is for the request itself.
    strictPreflight: false,
  });
}
