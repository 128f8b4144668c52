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
  /** What the source said the whole file is; publishing waits for it. */
  proof: FileProof | undefined;
}

export interface DestinationState {
  readonly transfers: Map<number, DestinationTransfer>;
  /** What an earlier life of this agent held in part, until the hub asks for it again. */
  readonly recovered: Map<number, ReceivePlan>;
  /** Transfers published and not yet settled: asked again, the answer is `finished`. */
  readonly receipts: Map<number, ReceivePlan>;
}

/** What an earlier life of this agent remembered of its transfers; one attempt of each. */
export interface Remembered {
  readonly inPart: readonly ReceivePlan[];
  readonly published: readonly ReceivePlan[];
}

export function initialDestinationState(remembered: Remembered = { inPart: [], published: [] }): DestinationState {
  return {
    transfers: new Map(),
    recovered: byTransfer(remembered.inPart),
    receipts: byTransfer(remembered.published),
  };
}

function byTransfer(plans: readonly ReceivePlan[]): Map<number, ReceivePlan> {
  return new Map(plans.map((plan) => [plan.transfer, plan]));
}
