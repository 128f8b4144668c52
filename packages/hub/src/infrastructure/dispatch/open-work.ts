import type { WorkFigures } from '../../application/metrics/hub-figures.ts';
import { type RunState, settledRunStates } from '../../domain/run/lifecycle.ts';
import { settledTransferStates, type TransferState } from '../../domain/transfer/lifecycle.ts';
import type { HubState } from '../engine/state/hub-state.ts';

/**
 * Runs and transfers that have not ended, counted in memory: every such run is there with its counters, and of its transfers those
 * that are open. All others wait in the database, which need not be asked how many they are: `pending`, whether they began before
 * or not.
 */
export function openWork({
  runs,
  transfers,
}: Pick<HubState, 'runs' | 'transfers'>): Pick<WorkFigures, 'runs' | 'transfers'> {
  const runCounts: Partial<Record<RunState, number>> = {};
  const transferCounts: Partial<Record<TransferState, number>> = {};
  let unsettled = 0;
  for (const { state, counters } of runs.values()) {
    if (settledRunStates.includes(state)) continue;
    runCounts[state] = (runCounts[state] ?? 0) + 1;
    unsettled += counters.filesPlanned - counters.filesMoved - counters.filesFailed;
  }
  let inMemory = 0;
  for (const { state } of transfers.values()) {
    if (settledTransferStates.includes(state)) continue;
    transferCounts[state] = (transferCounts[state] ?? 0) + 1;
    inMemory += 1;
  }
  const waiting = Math.max(0, unsettled - inMemory);
  return { runs: runCounts, transfers: { ...transferCounts, pending: (transferCounts.pending ?? 0) + waiting } };
}
