/**
 * A place on an agent: an allowed root, spelled as the agent reported it, and the names below it (DESIGN.md promise 6). Never a
 * string to be joined: only the edge turns a person's text into one.
 */
export interface Place {
  readonly root: string;
  readonly names: readonly string[];
}

/** The place below `base` that `names` lead to. */
export function below(base: Place, names: readonly string[]): Place {
  return { root: base.root, names: [...base.names, ...names] };
}

/** How people write a place: the root, then its names, with slashes. */
export function placeText(place: Place): string {
  if (place.names.length === 0) return place.root;
  return `${place.root.replace(/\/+$/, '')}/${place.names.join('/')}`;
}
