import { FerryError } from '../../domain/common/errors.ts';
import { nearestNames } from './nearest-names.ts';

/** What to say of a name that is none of the known ones: with those that somebody may have meant. */
export function noSuchAgent(name: string, known: readonly string[]): FerryError {
  if (known.length === 0) {
    return new FerryError(
      'NOT_FOUND',
      `There is no agent "${name}", nor any other yet. Make one with ferry tokens create ${name}.`,
    );
  }
  const near = nearestNames(name, known);
  return new FerryError('NOT_FOUND', `There is no agent "${name}". Did you mean ${near.join(', ')}?`, {
    details: { near },
  });
}
