/**
 * Characters that would make a terminal or a log show something else than what is there: control characters (C0, DEL, C1), line
 * separators, marks and overrides of writing direction, halves of surrogate pairs (ATTACKS.md A42).
 */
const deceiving = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A file name, or any text from elsewhere, made safe to show on one line: what deceives is spelled out, as in `\u{1b}`. */
export function displayName(name: string): string {
  return name.replace(deceiving, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** JSON for standard output: indented, and safe on a terminal without losing a character, because JSON can spell them all. */
export function displayJson(value: unknown): string {
  const lines = JSON.stringify(value, undefined, 2).split('\n');
  return lines.map((line) => line.replace(deceiving, jsonEscape)).join('\n');
}

function jsonEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
