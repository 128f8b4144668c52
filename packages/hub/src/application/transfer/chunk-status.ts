import type { Transfer } from '../../domain/transfer/transfer.ts';

/** Consecutive chunks: the index of the first, and how many. */
export type ChunkRange = readonly [first: number, count: number];

/** Which chunks of a transfer its destination is known to hold. */
export interface ChunkStatus {
  readonly transferId: number;
  readonly chunkSizeBytes: number;
  readonly totalChunks: number;
  readonly completedChunks: number;
  readonly held: readonly ChunkRange[];
}

/**
 * What is known of a transfer's chunks: from the relay while it is under way; of a completed one, all. Of one that waits, only the
 * destination knows, and says so when it is asked next.
 */
export function chunkStatus(transfer: Transfer, underWay: readonly ChunkRange[] | undefined): ChunkStatus {
  const { id, chunkSizeBytes, totalChunks, state } = transfer;
  const held = state === 'completed' && totalChunks > 0 ? [[0, totalChunks] as const] : (underWay ?? []);
  const completedChunks = held.reduce((sum, [, count]) => sum + count, 0);
  return { transferId: id, chunkSizeBytes, totalChunks, completedChunks, held };
}
