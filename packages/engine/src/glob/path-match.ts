import type { Pattern, PatternSegment } from './pattern.ts';

/** How far names lead into a pattern. */
export interface PathMatch {
  /** The names match the whole pattern. */
  readonly isWhole: boolean;
  /** More names below them could match it. */
  readonly canGoOn: boolean;
}

/** Matches names from the top against a pattern, in at most as many steps as the pattern has segments times there are names. */
export function matchPath({ alternatives }: Pattern, names: readonly string[]): PathMatch {
  const matches = alternatives.map((segments) => matchSegments(segments, names));
  return { isWhole: matches.some((each) => each.isWhole), canGoOn: matches.some((each) => each.canGoOn) };
}

/** Keeps every place in the pattern where the names so far may have led: no place is ever visited twice for a name. */
function matchSegments(segments: readonly PatternSegment[], names: readonly string[]): PathMatch {
  let places = withGlobstars(segments, [0]);
  for (const name of names) {
    const next: number[] = [];
    for (const place of places) {
      const segment = segments[place];
      if (segment?.kind === 'globstar') next.push(place);
      else if (segment?.matches(name)) next.push(place + 1);
    }
    places = withGlobstars(segments, next);
    if (places.length === 0) break;
  }
  return {
    isWhole: places.includes(segments.length),
    canGoOn: places.some((place) => place < segments.length),
  };
}

/** The places, and those after each globstar: it may stand for no name at all. */
function withGlobstars(segments: readonly PatternSegment[], places: readonly number[]): readonly number[] {
  const all = new Set<number>();
  for (let place of places) {
    all.add(place);
    while (segments[place]?.kind === 'globstar') {
      place += 1;
      all.add(place);
    }
  }
  return [...all];
}
