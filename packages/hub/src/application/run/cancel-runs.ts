import type { Run } from '../../domain/run/run.ts';
import type { Repositories } from '../store/store.ts';

/**
 * Cancels runs that may not go on any more, with the reason, within the transaction that takes the right away. Returns the ids of
 * those that had not ended; whoever carries runs out must be told of them when the transaction is done.
 */
export async function cancelRuns(
  { runs }: Repositories,
  unwanted: readonly Run[],
  reason: string,
  at: Date,
): Promise<readonly number[]> {
  const cancelled: number[] = [];
  for (const { id } of unwanted) if (await runs.cancel(id, reason, at)) cancelled.push(id);
  return cancelled;
}
