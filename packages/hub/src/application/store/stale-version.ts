import { FerryError } from '../../domain/common/errors.ts';

/** What somebody wants to change is no longer what they looked at. `what` names it, as in `Job "nightly"`. */
export function staleVersion(what: string, currentVersion: number): FerryError {
  return new FerryError(
    'CONFLICT',
    `${what} was changed by somebody else in the meantime. Load it again, and decide anew.`,
    { details: { reason: 'staleVersion', currentVersion } },
  );
}
