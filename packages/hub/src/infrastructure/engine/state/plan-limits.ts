import type { Failure } from '@ferryline/engine';
import type { RunIssue } from '../../../domain/run/tree-entry.ts';
import type { ActiveRun, EntriesPage } from './hub-state.ts';

/** What an agent says it found costs rows in the database; without these a tree that has no end, or is made up, fills the disk. */

/** Entries of one scan: as rows some 10 GB, and an hour of writing them. Who has more has parts that can be copied one by one. */
const MAX_SCANNED = 10_000_000;
/** Nobody reads more; the counters tell how many there are. */
const MAX_ISSUES = 100_000;
/** Agents send no more than two pages ahead of what the hub has taken (PROTOCOL.md). */
const MAX_PAGES_AHEAD = 3;

/** Whether the agent may have sent this page already: its pages wait in memory until they are stored. */
export function isWithinPages(run: ActiveRun, { page }: EntriesPage): boolean {
  return page <= run.takenPage + MAX_PAGES_AHEAD;
}

/** Counts what is on a page; returns why the run cannot go on when that is too much. A page with nothing on it counts as well. */
export function countScanned(run: ActiveRun, { entries, skipped }: EntriesPage): Failure | undefined {
  run.scanned += Math.max(1, entries.length + skipped.length);
  if (run.scanned <= MAX_SCANNED) return undefined;
  return {
    code: 'TOO_LARGE',
    message: `There are more than ${MAX_SCANNED.toLocaleString('en')} files and directories in it, more than one run can plan. Copy its parts one by one, or leave some out with include and exclude.`,
  };
}

/** Of these issues, those that are kept. */
export function keptIssues<Issue extends RunIssue>(run: ActiveRun, issues: readonly Issue[]): readonly Issue[] {
  const kept = issues.slice(0, MAX_ISSUES - run.keptIssues);
  run.keptIssues += kept.length;
  return kept;
}
