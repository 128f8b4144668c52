import rateLimit from '@fastify/rate-limit';
import { FerryError } from '@ferryline/engine';
import type { FastifyInstance, RouteShorthandOptions } from 'fastify';
import { principalOf, principalOrNobody } from './authentication.ts';

const WINDOW = '1 minute';

interface Exceeded {
  readonly after: string;
}

/** Readies counting; what is counted, each route or scope says. Counted in memory: a hub that starts again forgets. */
export function countRequests(app: FastifyInstance): void {
  app.register(rateLimit, { global: false });
}

/** Limits what one user may ask of the routes in this scope. Behind `requirePrincipal`: a user counts, wherever they ask from. */
export function limitUsers(app: FastifyInstance, requestsPerMinute: number): void {
  const limit = app.rateLimit({
    max: requestsPerMinute,
    timeWindow: WINDOW,
    keyGenerator: (request) => String(principalOf(request).userId),
    errorResponseBuilder: (_request, { after }: Exceeded) =>
      new FerryError('RATE_LIMITED', `You ask more than ${requestsPerMinute} times a minute. Go on in ${after}.`),
  });
  app.addHook('onRequest', async function (request, reply) {
    if (principalOrNobody(request) !== undefined) await limit.call(this, request, reply);
  });
}

/** Limits how often one address (of IPv6: one /64) may try what strangers may try. `what` completes "Too many attempts to …". */
export function limitAddresses(perMinute: number, what: string): NonNullable<RouteShorthandOptions['config']> {
  return {
    rateLimit: {
      max: perMinute,
      timeWindow: WINDOW,
      errorResponseBuilder: (_request: unknown, { after }: Exceeded) =>
        new FerryError('RATE_LIMITED', `Too many attempts to ${what} from this address. Try again in ${after}.`),
    },
  };
}
