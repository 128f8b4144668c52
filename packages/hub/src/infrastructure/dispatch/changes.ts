import { exhaustive } from '@ferryline/engine';
import { noCounters } from '../../domain/run/run.ts';
import type { RunChanges } from '../../domain/run/run-repository.ts';

/** One row of what changed. */
export type Change =
  | { readonly kind: 'transfer'; readonly progress: RunChanges['transfers'][number] }
  | { readonly kind: 'issue'; readonly issue: RunChanges['issues'][number] }
  | { readonly kind: 'run'; readonly progress: RunChanges['runs'][number] };

/**
 * What changed, row by row. Runs come last: when it is written in several transactions, a run ends only after everything that it
 * ended with.
 */
export function eachChange({ transfers, issues, runs }: RunChanges): readonly Change[] {
  return [
    ...transfers.map((progress) => ({ kind: 'transfer', progress }) as const),
    ...issues.map((issue) => ({ kind: 'issue', issue }) as const),
    ...runs.map((progress) => ({ kind: 'run', progress }) as const),
  ];
}

/** The rows as what changed, to be written in one transaction. */
export function changesOf(changes: readonly Change[]): RunChanges {
  return {
    transfers: changes.flatMap((each) => (each.kind === 'transfer' ? [each.progress] : [])),
    issues: changes.flatMap((each) => (each.kind === 'issue' ? [each.issue] : [])),
    runs: changes.flatMap((each) => (each.kind === 'run' ? [each.progress] : [])),
  };
}

/**
 * The end that a refused row gets instead: failed, with as little in it as there can be. Nothing for an issue, which is only lost.
 *
 * @param message why, for people
 */
export function bareEnd(change: Change, message: string, endedAt: Date): RunChanges | undefined {
  const failure = { state: 'failed', errorCode: 'INTERNAL', errorMessage: message, endedAt } as const;
  switch (change.kind) {
    case 'transfer': {
      const { id, attempt, retryCount } = change.progress;
      const nothingMoved = { completedChunks: 0, bytesTransferred: 0, wireBytes: 0 };
      return { transfers: [{ id, attempt, retryCount, ...nothingMoved, ...failure }], runs: [], issues: [] };
    }
    case 'run':
      return { transfers: [], runs: [{ id: change.progress.id, counters: noCounters, ...failure }], issues: [] };
    case 'issue':
      return undefined;
    default:
      return exhaustive(change);
  }
}
