import type {
  CompressionChoice,
  FileIdentity,
  NackReason,
  RootPath,
  TransferFailure,
  TransferRef,
} from '@ferryline/engine';

/** What the hub asks a source to send. */
export interface SendPlan extends TransferRef {
  readonly path: RootPath;
  readonly identity: FileIdentity;
  readonly chunkSize: number;
  readonly compression: CompressionChoice;
  /** Chunks that the destination holds: read for the file hash, not sent. */
  readonly held: readonly (readonly [first: number, count: number])[];
}

/** What happened, as the source core hears of it. */
export type SourceEvent =
  | {
      readonly type: 'sendRequested';
      readonly route: number;
      readonly windowBytes: number;
      readonly transfers: readonly SendPlan[];
    }
  | { readonly type: 'windowChanged'; readonly route: number; readonly windowBytes: number }
  | { readonly type: 'fileOpened'; readonly ref: TransferRef }
  /** The chunk has been hashed and, when it was to be delivered, handed to the lane. */
  | { readonly type: 'chunkRead'; readonly ref: TransferRef; readonly index: number }
  | {
      readonly type: 'fileDigested';
      readonly ref: TransferRef;
      readonly fileHash: string;
      readonly chunkListHash: string;
    }
  | { readonly type: 'fileFailed'; readonly ref: TransferRef; readonly failure: TransferFailure }
  | { readonly type: 'chunkAcked'; readonly ref: TransferRef; readonly index: number }
  | { readonly type: 'chunkNacked'; readonly ref: TransferRef; readonly index: number; readonly reason: NackReason }
  /** The hub lets go of these attempts: completed, or cancelled. */
  | { readonly type: 'released'; readonly refs: readonly TransferRef[] }
  | { readonly type: 'sessionLost' };

/** What the source core wants done. */
export type SourceEffect =
  | { readonly type: 'openFile'; readonly plan: SendPlan; readonly totalChunks: number }
  | {
      readonly type: 'readChunk';
      readonly plan: SendPlan;
      readonly index: number;
      readonly offset: number;
      readonly length: number;
      readonly last: boolean;
      /** False for a chunk the destination holds: it is only hashed. */
      readonly deliver: boolean;
    }
  /** Prove that the file did not change while it was read, and state its hashes. Keeps the file open. */
  | { readonly type: 'digestFile'; readonly ref: TransferRef }
  | { readonly type: 'closeFile'; readonly ref: TransferRef }
  | {
      readonly type: 'reportSent';
      readonly ref: TransferRef;
      readonly fileHash: string;
      readonly chunkListHash: string;
    }
  | { readonly type: 'reportFailed'; readonly ref: TransferRef; readonly failure: TransferFailure };
