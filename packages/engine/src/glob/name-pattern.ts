import type { FerryError } from '../error/ferry-error.ts';

/** Whether a name matches. Takes at most as many steps as the pattern has characters times those of the name. */
export type NameMatcher = (name: string) => boolean;

type Token =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'class'; readonly ranges: readonly (readonly [string, string])[]; readonly isNegated: boolean };

/** A pattern for one name, between slashes. @throws what `invalid` makes of a class or an escape that is not finished. */
export function parseName(pattern: string, invalid: (problem: string) => FerryError): NameMatcher {
  const tokens = tokenize([...pattern], invalid);
  return (name) => matchTokens(tokens, [...name]);
}

function tokenize(characters: readonly string[], invalid: (problem: string) => FerryError): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*') {
      // Two stars within a name mean no more than one.
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (character === '?') {
      tokens.push({ kind: 'any' });
    } else if (character === '[') {
      const { token, end } = readClass(characters, at, invalid);
      tokens.push(token);
      at = end;
    } else if (character === '\\') {
      at += 1;
      const escaped = characters[at];
      if (escaped === undefined) throw invalid('there is nothing after the backslash at its end');
      tokens.push({ kind: 'character', character: escaped });
    } else {
      tokens.push({ kind: 'character', character });
    }
  }
  return tokens;
}

function readClass(
  characters: readonly string[],
  start: number,
  invalid: (problem: string) => FerryError,
): { readonly token: Token; readonly end: number } {
  let at = start + 1;
  const isNegated = characters[at] === '!' || characters[at] === '^';
  if (isNegated) at += 1;
  const ranges: [string, string][] = [];
  // The first character belongs to the class even when it is the bracket that would close it.
  for (let isFirst = true; characters[at] !== ']' || isFirst; isFirst = false) {
    const first = readMember(characters, at);
    if (first === undefined) throw invalid(`the class "[" at character ${start + 1} is not closed`);
    at = first.next;
    let last = first;
    if (characters[at] === '-' && characters[at + 1] !== ']' && characters[at + 1] !== undefined) {
      last = readMember(characters, at + 1) ?? first;
      at = last.next;
    }
    if (last.character < first.character) {
      throw invalid(`the range ${first.character}-${last.character} runs backwards`);
    }
    ranges.push([first.character, last.character]);
  }
  return { token: { kind: 'class', ranges, isNegated }, end: at };
}

function readMember(
  characters: readonly string[],
  at: number,
): { readonly character: string; readonly next: number } | undefined {
  const isEscaped = characters[at] === '\\';
  const character = characters[isEscaped ? at + 1 : at];
  return character === undefined ? undefined : { character, next: at + (isEscaped ? 2 : 1) };
}

/**
 * Greedy matching with one point to go back to: when what follows a star does not fit, the star takes one character more. Only the
 * last star matters, so that the steps are bounded by the product of the lengths (Krauss, "Matching Wildcards", 2008).
 */
function matchTokens(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star: { readonly token: number; at: number } | undefined;
  while (at < name.length) {
    const current = tokens[token];
    if (current?.kind === 'star') {
      star = { token, at };
      token += 1;
    } else if (current !== undefined && matchesCharacter(current, name[at] ?? '')) {
      token += 1;
      at += 1;
    } else if (star !== undefined) {
      star.at += 1;
      at = star.at;
      token = star.token + 1;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest.kind === 'star');
}

function matchesCharacter(token: Token, character: string): boolean {
  if (token.kind === 'star' || token.kind === 'any') return true;
  if (token.kind === 'character') return token.character === character;
  return token.ranges.some(([first, last]) => first <= character && character <= last) !== token.isNegated;
}
