import { refOf, type TransferRef } from '@ferryline/engine';
import type { ReceivePlan } from '../core/events.ts';
import type { JournalEntry } from './journal-image.ts';

/** What an earlier life of an agent left. */
export interface Remembered {
  /** To be gone on with when the hub asks. */
  readonly recovered: readonly ReceivePlan[];
  /** Was being removed when that life ended, or a newer attempt came after it. */
  readonly over: readonly TransferRef[];
}

export function remembered(entries: readonly JournalEntry[]): Remembered {
  const latest = new Map<number, number>();
  for (const { plan } of entries) latest.set(plan.transfer, Math.max(plan.attempt, latest.get(plan.transfer) ?? 0));
  const isOver = ({ plan, stage }: JournalEntry): boolean =>
    stage === 'discarding' || plan.attempt !== latest.get(plan.transfer);
  return {
    recovered: entries.filter((entry) => !isOver(entry)).map(({ plan }) => plan),
    over: entries.filter(isOver).map(({ plan }) => refOf(plan)),
  };
}
