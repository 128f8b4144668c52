import { exhaustive } from '@ferryline/engine';
import { noCounters } from '../../domain/run/run.ts';
import type { RunChanges } from '../../domain/run/run-repository.ts';

type Replan = NonNullable<RunChanges['replans']>[number];

/** One row of what changed; a transfer together with what it is planned to be from now on. */
export type Change =
  | { readonly kind: 'transfer'; readonly progress: RunChanges['transfers'][number]; readonly replan?: Replan }
  | { readonly kind: 'issue'; readonly issue: RunChanges['issues'][number] }
  | { readonly kind: 'run'; readonly progress: RunChanges['runs'][number] };

/**
 * What changed, row by row. Runs come last: when it is written in several transactions, a run ends only after everything that it
 * ended with.
 */
export function eachChange({ replans = [], transfers, issues, runs }: RunChanges): readonly Change[] {
  const replanOf = new Map(replans.map((replan) => [replan.id, replan]));
  return [
    ...transfers.map((progress) => {
      const replan = replanOf.get(progress.id);
      return { kind: 'transfer', progress, ...(replan && { replan }) } as const;
    }),
    ...issues.map((issue) => ({ kind: 'issue', issue }) as const),
    ...runs.map((progress) => ({ kind: 'run', progress }) as const),
  ];
}

/** The rows as what changed, to be written in one transaction. */
export function changesOf(changes: readonly Change[]): RunChanges {
  return {
    replans: changes.flatMap((each) => (each.kind === 'transfer' && each.replan ? [each.replan] : [])),
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
      const nothingMoved = { completedChunks: 0, bytesTransferred: 0, wireBytes: 0, storedChunks: 0 };
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
