import { commonWords } from './common-passwords.ts';

/** Rows and columns of keyboards, and the alphabet: whoever walks along three of them or more has chosen nothing. */
const ROWS = [
  '1234567890',
  '!@#$%^&*()_+',
  ...['qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertzuiop', 'yxcvbnm', 'azertyuiop', 'qsdfghjklm', 'wxcvbn'],
  ...['1qaz', '2wsx', '3edc', '4rfv', '5tgb', '6yhn', '7ujm', 'qaz', 'wsx', 'edc', 'rfv', 'tgb', 'yhn', 'ujm'],
  ...['1q2w3e4r5t6y7u8i9o0p', 'q1w2e3r4t5y6u7i8o9p0', '1a2b3c4d5e6f7g8h', 'a1b2c3d4e5f6g7h8'],
  'abcdefghijklmnopqrstuvwxyz',
];
const SHORTEST_RUN = 3;
const runs: ReadonlySet<string> = new Set(
  ROWS.flatMap((row) => [row, [...row].toReversed().join('')]).flatMap((row) => piecesOf(row)),
);
const LONGEST_RUN = Math.max(...ROWS.map((row) => row.length));

/** Letters and what people write for them come down to one of them. */
const sameAs: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  l: 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
};
const foldedWords: ReadonlySet<string> = new Set([...commonWords].map(folded));
const LONGEST_WORD = Math.max(...[...commonWords].map((word) => word.length));

const NUMBERS_ONLY = /^[\d\s.,:/()+-]+$/;
const DECORATION = /[\x20-\x40\x5b-\x60\x7b-\x7e]/;

/**
 * Whether a text is nothing but what attackers put together: common words (also with signs for letters), runs of keys, a character
 * over and over, with any digits and ASCII signs around and between them; or digits alone. One letter that belongs to none of these
 * is enough for a no. Takes a time that is linear in the length of the text.
 */
export function isMadeOfCommonParts(text: string): boolean {
  const plain = text.toLowerCase();
  if (NUMBERS_ONLY.test(plain)) return true;
  // For each place that parts lead to from the start: whether there is more than decoration among them.
  const reached: (boolean | undefined)[] = [false];
  for (let at = 0; at < plain.length; at += 1) {
    const hasPart = reached[at];
    if (hasPart === undefined) continue;
    if (DECORATION.test(plain[at] ?? '')) reached[at + 1] ||= hasPart;
    for (const length of partLengths(plain, at)) reached[at + length] = true;
  }
  return reached[plain.length] === true;
}

/** How long the parts are that begin at a place. */
function partLengths(plain: string, at: number): number[] {
  const lengths: number[] = [];
  const longest = Math.min(Math.max(LONGEST_WORD, LONGEST_RUN), plain.length - at);
  for (let length = 2; length <= longest; length += 1) {
    const piece = plain.slice(at, at + length);
    if (isWord(piece) || isRun(piece)) lengths.push(length);
  }
  return lengths;
}

/** Of a word at least one letter is left: `!5` is no `is`. */
function isWord(piece: string): boolean {
  return /[a-z]/.test(piece) && foldedWords.has(folded(piece));
}

function isRun(piece: string): boolean {
  return runs.has(piece) || (piece.length >= SHORTEST_RUN && piece === piece.charAt(0).repeat(piece.length));
}

/** Every run that is part of a row. */
function piecesOf(row: string): string[] {
  const starts = [...row].map((_key, at) => row.slice(at));
  const pieces = starts.flatMap((rest) => [...rest].map((_key, at) => rest.slice(0, at + 1)));
  return pieces.filter((piece) => piece.length >= SHORTEST_RUN);
}

function folded(text: string): string {
  return text.replace(/[@431!l0$57]/g, (sign) => sameAs[sign] ?? sign);
}
