import type { FerryError } from '../error/ferry-error.ts';

/** What one pattern may stand for: enough for every list that a person writes, and no bomb. */
const MAX_ALTERNATIVES = 64;

/**
 * The patterns that a pattern with braces stands for: `a{b,c{d,e}}` is `ab`, `acd` and `ace`. Braces without a comma, and escaped
 * ones, stand for themselves, as in a shell.
 *
 * @throws what `invalid` makes of a brace that is not closed, or of too many alternatives.
 */
export function expandBraces(pattern: string, invalid: (problem: string) => FerryError): readonly string[] {
  let open = [pattern];
  const done: string[] = [];
  while (open.length > 0) {
    const next: string[] = [];
    for (const text of open) {
      const expanded = expandFirst(text, invalid);
      if (expanded === undefined) done.push(text);
      else next.push(...expanded);
      if (done.length + next.length > MAX_ALTERNATIVES) {
        throw invalid(`its braces stand for more than ${MAX_ALTERNATIVES} patterns`);
      }
    }
    open = next;
  }
  return done;
}

/** The text with its first list in braces resolved one level deep; undefined when there is none. */
function expandFirst(text: string, invalid: (problem: string) => FerryError): readonly string[] | undefined {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '[') at = endOfClass(text, at);
    else if (text[at] === '{') {
      const { end, parts } = readList(text, at);
      if (end === undefined) throw invalid(`the brace at character ${at + 1} is not closed`);
      if (parts.length > 1) return parts.map((part) => text.slice(0, at) + part + text.slice(end + 1));
    }
  }
  return undefined;
}

function readList(
  text: string,
  start: number,
): { readonly end: number | undefined; readonly parts: readonly string[] } {
  const parts: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '[') at = endOfClass(text, at);
    else if (character === '{') depth += 1;
    else if (character === '}' && depth > 0) depth -= 1;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    } else if (character === '}') {
      parts.push(text.slice(from, at));
      return { end: at, parts };
    }
  }
  return { end: undefined, parts };
}

/** Where a character class ends; where it began, when it does not. */
function endOfClass(text: string, start: number): number {
  // A bracket right after the beginning belongs to the class.
  let at = start + 1;
  if (text[at] === '!' || text[at] === '^') at += 1;
  for (at += 1; at < text.length && text[at] !== '/'; at += 1) {
    if (text[at] === ']') return at;
    if (text[at] === '\\') at += 1;
  }
  return start;
}
