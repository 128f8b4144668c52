import type { ChunkSet } from '@ferryline/engine';
import type { FileProof, ReceivePlan } from './events.ts';

/**
 * How far a transfer is at its destination: `opening` the partial file, `filling` it, `sealing` it (all chunks written; mode,
 * mtime and data being made durable), `sealed`, `publishing`. A published transfer is a receipt and nothing else.
 */
export type DestinationPhase = 'opening' | 'filling' | 'sealing' | 'sealed' | 'publishing';

export interface DestinationTransfer {
  /** Fixed for the life of the attempt. */
  readonly plan: ReceivePlan;
  readonly totalChunks: number;
  phase: DestinationPhase;
  /** Chunks on stable storage: what may be acknowledged, and claimed after a reconnect. */
  readonly held: ChunkSet;
  /** Chunks handed to the shell for writing, or written and not yet held: a second copy of them is dropped. */
  readonly underWay: Set<number>;
  /** Chunks written since the last sync began. */
  written: number[];
  /** Chunks that the sync under way will make durable; undefined while none runs. */
  syncing: number[] | undefined;
  /** What the source said the whole file is; publishing waits for it. */
  proof: FileProof | undefined;
}

export interface DestinationState {
  readonly transfers: Map<number, DestinationTransfer>;
  /** Transfers published by this process and not yet settled, with their attempt: asked again, the answer is `finished`. */
  readonly receipts: Map<number, number>;
}

export function initialDestinationState(): DestinationState {
  return { transfers: new Map(), receipts: new Map() };
}
