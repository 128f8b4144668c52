import type { FastifyRequest } from 'fastify';
import { requireSafeJson } from './safe-json.ts';

/** Holds the query to the same rules as bodies, before any schema looks at it. @throws FerryError VALIDATION. */
export async function requireSafeQuery(request: FastifyRequest): Promise<void> {
  requireSafeJson(request.query, 'query');
}
