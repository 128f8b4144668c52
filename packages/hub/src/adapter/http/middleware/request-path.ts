import { FerryError } from '@ferryline/engine';
import type { FastifyRequest } from 'fastify';

/** Segments of letters, digits, dots, dashes, underscores and tildes, none of them empty but the last. */
const PLAIN_PATH = /^\/(?:[A-Za-z0-9._~-]+\/)*[A-Za-z0-9._~-]*$/;
const DOTS_ONLY = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * Refuses every path that could be read in more than one way: nothing that the hub serves has a path that needs encoding, an empty
 * segment, `..`, a backslash, a parameter after `;`, or a host before it (ATTACKS.md A1, A56). What is left means the same to every
 * proxy in front.
 *
 * @throws FerryError VALIDATION.
 */
export async function refuseCrookedPath(request: FastifyRequest): Promise<void> {
  const [path = ''] = (request.raw.url ?? '').split('?', 1);
  if (!PLAIN_PATH.test(path) || DOTS_ONLY.test(path)) throw crookedPath();
}

/** What to say of a path that could be read in more than one way, or in none. It is not repeated: who sent it knows it. */
export function crookedPath(): FerryError {
  return new FerryError(
    'VALIDATION',
    'The path of this request is not in its plain form: it may hold letters, digits and . _ ~ - between single slashes, and no segment "." or "..".',
  );
}
