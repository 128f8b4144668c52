import type { Place } from '../../domain/common/place.ts';

/** Names as one column: joined by `/`, which no name contains. */
export function namesText(names: Place['names']): string {
  return names.join('/');
}

export function namesFrom(text: string): Place['names'] {
  return text === '' ? [] : text.split('/');
}
