import type { ChunkSet } from '@ferryline/engine';
import type { FileProof, ReceivePlan } from './events.ts';

/**
 * How far a transfer is at its destination: `opening` the partial file, `filling` it, `sealing` it (all chunks written; mode,
 * mtime and data being made durable), `sealed`, `intending` (that it will be published is being recorded), `publishing`. A published
 * transfer is a receipt and nothing else.
 */
export type DestinationPhase = 'opening' | 'filling' | 'sealing' | 'sealed' | 'intending' | 'publishing';

export interface DestinationTransfer {
  /** Fixed for the life of the attempt. */
  readonly plan: ReceivePlan;
  readonly totalChunks: number;
  phase: DestinationPhase;
  /** Chunks on stable storage, and recorded there as such: what may be acknowledged, and claimed after a reconnect. */
  readonly held: ChunkSet;
  /** Chunks handed to the shell for writing, or written and not yet held: a second copy of them is dropped. */
  readonly underWay: Set<number>;
  /** Chunks written since the last sync began. */
  written: number[];
  /** Chunks that the sync under way will make durable; undefined while none runs. */
  syncing: number[] | undefined;
  /** How many chunks survive a crash while the record of it does not yet. */
  recording: number;
  /** Those of them that are recorded with the intent to publish. */
  unrecorded: readonly number[];
  /** What the source said the whole file is; publishing waits for it. */
  proof: FileProof | undefined;
}

export interface DestinationState {
  readonly transfers: Map<number, DestinationTransfer>;
  /**
   * What an earlier life of this agent held in part, or was about to publish, and what this one has no room for, until the hub asks for
   * it again.
   */
  readonly recovered: Map<number, ReceivePlan>;
  /** Transfers published by this life and not yet settled: asked again, the answer is `finished`. */
  readonly receipts: Map<number, ReceivePlan>;
  /** Transfers that were published and settled, by this life or an earlier one, the one settled first in front; not for ever. */
  readonly settled: Map<number, ReceivePlan>;
}

/**
 * @param recovered - what an earlier life of this agent held in part, or was about to publish; one attempt of each transfer
 * @param settled - what earlier lives published and the hub settled, in that order
 */
export function initialDestinationState(
  recovered: readonly ReceivePlan[] = [],
  settled: readonly ReceivePlan[] = [],
): DestinationState {
  return {
    transfers: new Map(),
    recovered: new Map(recovered.map((plan) => [plan.transfer, plan])),
    receipts: new Map(),
    settled: new Map(settled.map((plan) => [plan.transfer, plan])),
  };
}
