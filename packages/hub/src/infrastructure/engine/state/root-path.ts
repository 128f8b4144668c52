import type { RootPath } from '@ferryline/engine';
import type { Place } from '../../../domain/common/place.ts';

/** A place as it travels in a message. */
export function toRootPath(place: Place): RootPath {
  return { root: place.root, names: [...place.names] };
}
