import { ChunkSet, type TransferRef } from '@ferryline/engine';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import type { HubState, LoadedTransfer } from './hub-state.ts';

/**
 * Chunks that were on their way to the relay's disk when their transfer was parked, and are stored when it is not open: what is loaded of
 * it, or is being loaded at that moment, does not say so.
 */

/** The disk holds a chunk of a transfer that is not open. */
export function noteUnseen(state: HubState, ref: TransferRef, index: number): void {
  for (const { backlog } of state.runs.values()) {
    const at = backlog.findIndex(({ transfer }) => transfer.id === ref.transfer);
    const loaded = backlog[at];
    if (loaded === undefined) continue;
    if (loaded.transfer.attempt === ref.attempt) backlog[at] = withChunks(loaded, [index]);
    return;
  }
  if (!isLoading(state)) return;
  const unseen = state.unseenChunks.get(ref.transfer);
  if (unseen?.attempt === ref.attempt) unseen.indices.push(index);
  else state.unseenChunks.set(ref.transfer, { attempt: ref.attempt, indices: [index] });
}

/** What was loaded of a transfer, and what was stored since. */
export function loadedWithUnseen(
  state: HubState,
  transfer: Transfer,
  stored: LoadedTransfer['stored'],
): LoadedTransfer {
  const unseen = state.unseenChunks.get(transfer.id);
  const loaded = { transfer, stored };
  return unseen?.attempt === transfer.attempt ? withChunks(loaded, unseen.indices) : loaded;
}

/** What is loaded from now on is up to date. */
export function forgetUnseen(state: HubState): void {
  if (state.unseenChunks.size > 0 && !isLoading(state)) state.unseenChunks.clear();
}

function withChunks({ transfer, stored }: LoadedTransfer, indices: readonly number[]): LoadedTransfer {
  const chunks = ChunkSet.fromRanges(transfer.totalChunks, stored);
  for (const index of indices) chunks.add(index);
  return { transfer, stored: chunks.toRanges() };
}

function isLoading({ runs }: HubState): boolean {
  return runs.values().some((run) => run.isLoading);
}
