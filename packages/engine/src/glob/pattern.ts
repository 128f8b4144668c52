import { FerryError } from '../error/ferry-error.ts';
import { expandBraces } from './braces.ts';
import { type NameMatcher, parseName } from './name-pattern.ts';

/** Longer patterns are no patterns that a person wrote. */
export const MAX_PATTERN_CHARACTERS = 512;
/** Each `**` multiplies the ways in which a path can match; so many are more than anybody needs. */
const MAX_GLOBSTARS = 8;

/** One segment of a pattern between slashes: a name, or any number of names. */
export type PatternSegment = { readonly kind: 'name'; readonly matches: NameMatcher } | { readonly kind: 'globstar' };

/** A pattern, taken apart. */
export interface Pattern {
  /** One of them must match: what braces stand for. */
  readonly alternatives: readonly (readonly PatternSegment[])[];
  /** It ends with a slash. */
  readonly directoriesOnly: boolean;
}

/**
 * Takes a glob pattern apart: `*` and `?` within a name, `[a-z]` and `[!a-z]`, `{a,b}`, `**` for any number of names, `\` before what
 * is meant as it stands. A pattern without a slash matches at any depth; one with a slash begins at the top; one that ends with a
 * slash is for directories. Dots are like any other character.
 *
 * @throws FerryError VALIDATION that quotes the pattern and says what is wrong with it.
 */
export function parsePattern(text: string): Pattern {
  if (text === '') throw new FerryError('VALIDATION', 'A pattern may not be empty.');
  if (text.length > MAX_PATTERN_CHARACTERS)
    throw invalid(text, `it is longer than ${MAX_PATTERN_CHARACTERS} characters`);
  if (text.includes('\0')) throw invalid(text, 'a name never contains NUL');
  const alternatives = expandBraces(text, (problem) => invalid(text, problem)).map((each) =>
    parseAlternative(text, each),
  );
  return {
    alternatives: alternatives.map(({ segments }) => segments),
    directoriesOnly: alternatives.every((each) => each.directoriesOnly),
  };
}

function parseAlternative(
  text: string,
  alternative: string,
): { readonly segments: readonly PatternSegment[]; readonly directoriesOnly: boolean } {
  const directoriesOnly = /(?:^|[^\\])(?:\\\\)*\/$/.test(alternative);
  const body = directoriesOnly ? alternative.slice(0, -1) : alternative;
  const isAnchored = body.includes('/');
  const names = body.replace(/^\//, '').split('/');
  const segments = names.map((name): PatternSegment => {
    if (name === '**') return { kind: 'globstar' };
    if (name === '' || name === '.' || name === '..') {
      throw invalid(text, `"${name}" between slashes names nothing below the top`);
    }
    return { kind: 'name', matches: parseName(name, (problem) => invalid(text, problem)) };
  });
  // `a/**` is all that is in `a`, and not `a` itself.
  const inside = segments.at(-1)?.kind === 'globstar' ? [anyName] : [];
  const all = [...(isAnchored ? [] : [globstar]), ...segments, ...inside];
  if (all.filter((each) => each.kind === 'globstar').length > MAX_GLOBSTARS) {
    throw invalid(text, `it has more than ${MAX_GLOBSTARS} "**"`);
  }
  return { segments: all, directoriesOnly };
}

const globstar: PatternSegment = { kind: 'globstar' };
const anyName: PatternSegment = { kind: 'name', matches: () => true };

function invalid(text: string, problem: string): FerryError {
  const shown = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return new FerryError('VALIDATION', `The pattern "${shown.replaceAll('\0', '␀')}" cannot be used: ${problem}.`);
}
