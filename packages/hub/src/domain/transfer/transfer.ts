import type { ErrorCode } from '../common/errors.ts';
import type { Place } from '../common/place.ts';
import type { TransferState } from './lifecycle.ts';

export type Compression = 'auto' | 'none' | 'zstd' | 'lz4';

/** What made the source file this file when it was planned; any difference later means that it changed (FAULTS.md P8). */
export interface SourceIdentity {
  readonly dev: string;
  readonly ino: string;
  readonly size: number;
  /** Nanoseconds since 1970, decimal. */
  readonly mtimeNs: string;
  readonly ctimeNs: string;
}

/** One file going from one source agent to one destination agent. */
export interface Transfer {
  readonly id: number;
  readonly runId: number;
  readonly userId: number;
  /** Position in the run's plan; unique within the run. */
  readonly ordinal: number;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly sourceAgentId: number;
  readonly source: Place;
  readonly destinationAgentId: number;
  readonly destination: Place;
  readonly identity: SourceIdentity;
  /** Permission bits to set at the destination. */
  readonly mode: number;
  readonly mtimeNs: string;
  readonly compression: Compression;
  readonly chunkSizeBytes: number;
  readonly totalChunks: number;
  readonly state: TransferState;
  /** Grows each time the transfer starts over; frames of an older attempt are dropped. */
  readonly attempt: number;
  readonly retryCount: number;
  readonly maxRetries: number;
  readonly completedChunks: number;
  /** Raw bytes that the destination has acknowledged. */
  readonly bytesTransferred: number;
  /** Bytes that crossed the wire for them, after compression, resent ones included. */
  readonly wireBytes: number;
  /** SHA-256 of the file as the source computed it, hexadecimal; known once the source has read it all. */
  readonly fileHash?: string;
  /** SHA-256 over all chunk hashes in order of index, as the source stated it, hexadecimal; known together with `fileHash`. */
  readonly chunkListHash?: string;
  /** Chunks of this attempt that the relay's disk holds. */
  readonly storedChunks: number;
  readonly errorCode?: ErrorCode;
  readonly errorMessage?: string;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
}

/** What planning knows of a transfer; the repository gives it its id, the lifecycle its state (`pending`, attempt 1). */
export type NewTransfer = Pick<
  Transfer,
  | 'runId'
  | 'userId'
  | 'ordinal'
  | 'filename'
  | 'sizeBytes'
  | 'sourceAgentId'
  | 'source'
  | 'destinationAgentId'
  | 'destination'
  | 'identity'
  | 'mode'
  | 'mtimeNs'
  | 'compression'
  | 'chunkSizeBytes'
  | 'totalChunks'
  | 'maxRetries'
>;

/** The moving part of a transfer, always written whole, so that a repeated or merged write changes nothing. */
export type TransferProgress = Pick<
  Transfer,
  | 'id'
  | 'state'
  | 'attempt'
  | 'retryCount'
  | 'completedChunks'
  | 'bytesTransferred'
  | 'wireBytes'
  | 'fileHash'
  | 'chunkListHash'
  | 'storedChunks'
  | 'errorCode'
  | 'errorMessage'
  | 'startedAt'
  | 'endedAt'
>;

/** What is planned anew when the source changed before it was moved: the file as it was found then. */
export type TransferReplan = Pick<
  Transfer,
  'id' | 'sizeBytes' | 'identity' | 'mode' | 'mtimeNs' | 'chunkSizeBytes' | 'totalChunks'
>;
