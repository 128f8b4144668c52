import type { ChunkRanges, ExistingPolicy, Failure, NackReason, RootPath, TransferRef } from '@ferryline/engine';

/** What the hub announces to a destination. */
export interface ReceivePlan extends TransferRef {
  readonly path: RootPath;
  readonly size: number;
  readonly chunkSize: number;
  readonly mode: number;
  readonly mtimeNs: string;
  readonly existing: ExistingPolicy;
}

/** What the source computed over the whole file. */
export interface FileProof {
  readonly fileHash: string;
  readonly chunkListHash: string;
}

/** A chunk frame as the core sees it; the bytes stay with the shell. */
export interface ArrivedChunk {
  readonly ref: TransferRef;
  readonly index: number;
  readonly rawLength: number;
}

/** What happened, as the destination core hears of it. */
export type DestinationEvent<Payload> =
  | { readonly type: 'receiveRequested'; readonly transfers: readonly ReceivePlan[] }
  | { readonly type: 'partialOpened'; readonly ref: TransferRef }
  /** The partial file that was left was found again, or made anew; these chunks of it are what they should be. */
  | { readonly type: 'partialReopened'; readonly ref: TransferRef; readonly held: ChunkRanges }
  | { readonly type: 'chunkArrived'; readonly chunk: ArrivedChunk; readonly payload: Payload }
  /** The chunk was verified and written; it is not yet on stable storage. */
  | { readonly type: 'chunkWritten'; readonly ref: TransferRef; readonly index: number }
  | { readonly type: 'chunkRefused'; readonly ref: TransferRef; readonly index: number; readonly reason: NackReason }
  /** All that was written before `syncPartial` was asked for survives a crash. */
  | { readonly type: 'partialSynced'; readonly ref: TransferRef }
  /** The complete partial file, with its mode and mtime, survives a crash. */
  | { readonly type: 'partialSealed'; readonly ref: TransferRef }
  /** That these chunks are held survives a crash. */
  | { readonly type: 'heldRecorded'; readonly ref: TransferRef; readonly indices: readonly number[] }
  /** That the file is about to be put in its place, and the chunks recorded with that, survive a crash. */
  | { readonly type: 'intentRecorded'; readonly ref: TransferRef }
  | { readonly type: 'finishRequested'; readonly ref: TransferRef; readonly proof: FileProof }
  /** The verified file stands at its path, durably. */
  | { readonly type: 'filePublished'; readonly ref: TransferRef }
  | { readonly type: 'transferFailed'; readonly ref: TransferRef; readonly failure: Failure }
  /** The disk has no room for what is to be written; what the partial file holds is as good as before. */
  | { readonly type: 'roomLacking'; readonly ref: TransferRef; readonly failure: Failure }
  /** Recorded as completed: no more will be asked about it. */
  | { readonly type: 'settled'; readonly refs: readonly TransferRef[] }
  | { readonly type: 'cancelled'; readonly refs: readonly TransferRef[] }
  /** Left by an earlier life of this agent and asked for by nobody for a long time, or settled long ago. */
  | { readonly type: 'leftBehind'; readonly refs: readonly TransferRef[] };

/** What the destination core wants done. */
export type DestinationEffect<Payload> =
  | { readonly type: 'openPartial'; readonly plan: ReceivePlan; readonly totalChunks: number }
  /**
   * Find the partial file that was left, by this life or an earlier one, and trust of it what its bytes prove; of an attempt that was
   * settled, the published file. Answered by `partialReopened`, `filePublished`, or `roomLacking` when the rest does not fit.
   */
  | { readonly type: 'reopenPartial'; readonly plan: ReceivePlan; readonly totalChunks: number }
  /** Decompress, verify against the SHA-256 in the frame, write at the offset. */
  | {
      readonly type: 'writeChunk';
      readonly ref: TransferRef;
      readonly index: number;
      readonly offset: number;
      readonly payload: Payload;
    }
  | { readonly type: 'syncPartial'; readonly ref: TransferRef }
  | { readonly type: 'sealPartial'; readonly ref: TransferRef }
  | { readonly type: 'recordHeld'; readonly ref: TransferRef; readonly indices: readonly number[] }
  /** Compare the chunk list hash, then record that the file is about to be published, and that these chunks are held. */
  | {
      readonly type: 'recordIntent';
      readonly ref: TransferRef;
      readonly proof: FileProof;
      readonly indices: readonly number[];
    }
  /** Rename into place and sync the directory. */
  | { readonly type: 'publish'; readonly ref: TransferRef }
  | { readonly type: 'discardPartial'; readonly ref: TransferRef }
  /** Close the partial file and keep what is recorded of it, to be reopened. */
  | { readonly type: 'leavePartial'; readonly ref: TransferRef }
  /** The hub has recorded that the file is published: that counts, from now on, as long as the file is still there. */
  | { readonly type: 'settleReceipt'; readonly ref: TransferRef }
  /** Nobody will ask about the published file any more. */
  | { readonly type: 'forgetReceipt'; readonly ref: TransferRef }
  | { readonly type: 'ackChunks'; readonly ref: TransferRef; readonly indices: readonly number[] }
  | {
      readonly type: 'nackChunk';
      readonly ref: TransferRef;
      readonly index: number;
      /** What the plan says the chunk's raw length is. */
      readonly rawLength: number;
      readonly reason: NackReason;
    }
  | { readonly type: 'reportReceiving'; readonly ref: TransferRef; readonly held: ChunkRanges }
  | { readonly type: 'reportFinished'; readonly ref: TransferRef }
  | { readonly type: 'reportFailed'; readonly ref: TransferRef; readonly failure: Failure }
  | { readonly type: 'reportWaiting'; readonly ref: TransferRef; readonly failure: Failure };
