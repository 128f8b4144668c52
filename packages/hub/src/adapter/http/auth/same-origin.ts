import { FerryError } from '@ferryline/engine';
import type { FastifyRequest } from 'fastify';

/** A header that no form can send and no foreign page may send without asking first. */
const CUSTOM_HEADER = 'x-ferryline';

/**
 * Refuses a request that is to be signed by the cookie, unless it surely comes from a page of the hub itself: the browser says so
 * (`Sec-Fetch-Site`, or an `Origin` that is the host it asks), and the page has set a header of ours. It throws, so that nobody can
 * forget to look at its answer (ATTACKS.md A62).
 *
 * @throws FerryError FORBIDDEN.
 */
export function requireSameOrigin(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  const isOwnPage = site === 'same-origin' || ((site === undefined || site === 'none') && hasOwnOrigin(request));
  if (isOwnPage && request.headers[CUSTOM_HEADER] === '1') return;
  throw new FerryError(
    'FORBIDDEN',
    "The refresh cookie is for the hub's own pages: send X-Ferryline: 1 from the same origin, or use tokens in the body instead of the cookie.",
  );
}

function hasOwnOrigin({ headers, host }: FastifyRequest): boolean {
  const { origin } = headers;
  return origin !== undefined && URL.parse(origin)?.host === host.toLowerCase();
}
