import { FerryError } from '@ferryline/engine';
import { z } from 'zod';
import { HttpRefusal } from '../answer/http-refusal.ts';

/** The header by which a change is made only to what the client has seen. Of the other headers nothing is said. */
export const ifMatchHeaders = z.looseObject({
  'if-match': z
    .string()
    .regex(/^(?:\*|"\d{1,15}")$/, 'expected the ETag of an answer, as in "3", or *')
    .meta({
      description:
        'The `ETag` of the answer that the change was decided on; 412 when it was changed since. Left out, the last one wins.',
      examples: ['"3"'],
    })
    .exactOptional(),
});

/** What is looked at of a request that changes something. */
interface ChangingRequest {
  readonly headers: { readonly 'if-match'?: string };
}

/** The version that the client has seen; undefined when any will do. */
function expectedVersion({ headers }: ChangingRequest): number | undefined {
  const tag = headers['if-match'];
  return tag === undefined || tag === '*' ? undefined : Number(tag.slice(1, -1));
}

/** Makes the change, and turns a refusal for a stale version into the 412 that `If-Match` asks for. @throws HttpRefusal */
export async function changing<T>(
  request: ChangingRequest,
  change: (version: number | undefined) => Promise<T>,
): Promise<T> {
  const version = expectedVersion(request);
  try {
    return await change(version);
  } catch (thrown) {
    if (version === undefined || !isStaleVersion(thrown)) throw thrown;
    throw new HttpRefusal(412, thrown.message, thrown.details);
  }
}

function isStaleVersion(thrown: unknown): thrown is FerryError {
  return thrown instanceof FerryError && thrown.details.reason === 'staleVersion';
}
