import type { Transfer } from '../../domain/transfer/transfer.ts';

/** Consecutive chunks: the index of the first, and how many. */
export type ChunkRange = readonly [first: number, count: number];

/** Which chunks of a transfer its destination is known to hold. */
export interface ChunkStatus {
  readonly transferId: number;
  readonly chunkSizeBytes: number;
  readonly totalChunks: number;
  /** How many: as last heard, when nobody can say which at this moment. */
  readonly completedChunks: number;
  readonly held: readonly ChunkRange[];
}

/**
 * What is known of a transfer's chunks: from the relay while it is under way; of a completed one, all. Of one that waits, only the
 * destination knows, and says so when it is asked next.
 */
export function chunkStatus(transfer: Transfer, underWay: readonly ChunkRange[] | undefined): ChunkStatus {
  const { id, chunkSizeBytes, totalChunks, state } = transfer;
  const geometry = { transferId: id, chunkSizeBytes, totalChunks };
  if (state === 'completed') {
    return { ...geometry, completedChunks: totalChunks, held: totalChunks > 0 ? [[0, totalChunks]] : [] };
  }
  if (underWay === undefined) return { ...geometry, completedChunks: transfer.completedChunks, held: [] };
  return { ...geometry, completedChunks: underWay.reduce((sum, [, count]) => sum + count, 0), held: underWay };
}
