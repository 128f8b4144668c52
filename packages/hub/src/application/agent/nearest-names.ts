import { distance } from 'fastest-levenshtein';

/** How many names a person can take in as a hint. */
const SHOWN = 3;

/** The names most like the one that somebody wrote, the likest first. */
export function nearestNames(written: string, known: readonly string[]): readonly string[] {
  const wanted = written.toLowerCase();
  return known
    .map((name) => ({ name, edits: distance(wanted, name.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits)
    .slice(0, SHOWN)
    .map(({ name }) => name);
}
