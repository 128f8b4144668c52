import type { ChunkFrame, ChunkRanges, TransferRef } from '@ferryline/engine';

/** The relay's disk, as the dispatcher needs it: chunks that wait for their destination, and survive the hub. */
export interface ChunkStore {
  /** What it may take at all. */
  readonly quotaBytes: number;
  /** What it may take now: nobody has taken or reserved it. */
  readonly freeBytes: number;

  /** Keeps room for so many bytes of an attempt; false when there is none. */
  reserve(ref: TransferRef, bytes: number): boolean;

  /**
   * Resolves when the frame is on stable storage and claimed.
   *
   * @throws FerryError PROTOCOL when another chunk stands under its index; else what keeps the disk from taking it.
   */
  append(frame: ChunkFrame, bytes: Buffer): Promise<void>;

  /** @throws FerryError NOT_FOUND, CHUNK_CORRUPT when the chunk is lost; another one when it cannot be read now. */
  read(ref: TransferRef, index: number): Promise<Buffer>;

  /** What is stored of these attempts, by transfer. What is stored of others is removed. */
  load(refs: readonly TransferRef[]): Promise<ReadonlyMap<number, ChunkRanges>>;

  /** The transfers leave memory; what is stored of them stays. */
  rest(transferIds: readonly number[]): void;

  /** Removes what is stored of these transfers. */
  drop(transferIds: readonly number[]): Promise<void>;

  /** Removes what is stored of transfers that have ended. */
  dropUnneeded(): Promise<void>;
}
