import { whyUnreachable } from '@ferryline/agent/dial';
import { FerryError } from '@ferryline/engine';

/**
 * What a request threw, as an error that names the hub, the reason and what to check; what says all that already stays as it is.
 * Retryable: a hub that restarts comes back.
 */
export function unreachable(baseUrl: string, thrown: unknown): FerryError {
  if (thrown instanceof FerryError) return thrown;
  const reason = whyUnreachable(new URL(baseUrl), thrown);
  return new FerryError(
    'AGENT_OFFLINE',
    `The hub at ${baseUrl} cannot be reached: ${reason}. Check that it runs (ferry hub) and that the address is right (--hub or FERRY_HUB).`,
    { details: { hub: baseUrl }, cause: thrown },
  );
}
