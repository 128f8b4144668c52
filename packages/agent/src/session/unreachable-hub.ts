import { FerryError } from '@ferryline/engine';
import { whyUnreachable } from '../dial/why-unreachable.ts';

/** A connection or request that failed on its way, in words; what the dialer says is in words already. */
export function unreachableHub(hubUrl: URL, cause: unknown): FerryError {
  if (cause instanceof FerryError) return cause;
  return new FerryError(
    'AGENT_OFFLINE',
    `The hub at ${hubUrl.origin} cannot be reached: ${whyUnreachable(hubUrl, cause)}.`,
    { cause },
  );
}
