import { FerryError } from '@ferryline/engine';

/** A session that is not there, is over, or is another agent's: in the same words, so that nobody learns which (ATTACKS.md A16). */
export function noSuchSession(): FerryError {
  return new FerryError('NOT_FOUND', 'There is no such session of this agent.');
}
