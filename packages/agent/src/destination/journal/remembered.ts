import { refOf, type TransferRef } from '@ferryline/engine';
import type { Remembered } from '../core/state.ts';
import type { JournalEntry } from './journal-image.ts';

/**
 * What an earlier life of an agent left: in part, to be gone on with when the hub asks; published, to be said again; and what is over,
 * because it was being removed when that life ended, or a newer attempt came after it.
 */
export function remembered(entries: readonly JournalEntry[]): Remembered & { readonly over: readonly TransferRef[] } {
  const latest = new Map<number, number>();
  for (const { plan } of entries) latest.set(plan.transfer, Math.max(plan.attempt, latest.get(plan.transfer) ?? 0));
  const isOver = ({ plan, stage }: JournalEntry): boolean =>
    stage === 'discarding' || plan.attempt !== latest.get(plan.transfer);
  const current = entries.filter((entry) => !isOver(entry));
  return {
    inPart: current.filter(({ stage }) => stage !== 'published').map(({ plan }) => plan),
    published: current.filter(({ stage }) => stage === 'published').map(({ plan }) => plan),
    over: entries.filter(isOver).map(({ plan }) => refOf(plan)),
  };
}
