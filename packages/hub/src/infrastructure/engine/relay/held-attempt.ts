import { type ChunkRanges, ChunkSet, type TransferRef } from '@ferryline/engine';
import type { ClaimedAttempt, RelayClaim } from '../../../domain/transfer/relay-claim.ts';
import type { DataFile } from './data-file.ts';

/** A chunk that is being stored. */
export interface Storing {
  /** SHA-256 of the raw chunk, hexadecimal. */
  readonly digest: string;
  readonly stored: Promise<void>;
}

/** What the relay has in memory of an attempt that is under way: which chunks its disk holds, and what is being done about them. */
export class HeldAttempt {
  readonly ref: TransferRef;
  readonly file: DataFile;
  /** Resolves when the claims are here. */
  readonly loaded: Promise<void>;
  /** By chunk index. */
  readonly claims = new Map<number, RelayClaim>();
  readonly storing = new Map<number, Storing>();
  /** Claims that are being removed. */
  readonly removing = new Map<number, Promise<void>>();
  /** Who is at work with this; as long as there is anybody, it stays in memory. */
  users = 0;
  isResting = false;
  /** Nobody needs it any more: what is not claimed by now never is. */
  isOver = false;
  #claimedBytes = 0;

  constructor(ref: TransferRef, file: DataFile, loaded: Promise<void>) {
    this.ref = ref;
    this.file = file;
    this.loaded = loaded;
  }

  /** As claims name it. */
  get name(): ClaimedAttempt {
    return { transferId: this.ref.transfer, attempt: this.ref.attempt };
  }

  /** Where the last claimed frame ends in the data file; a frame whose claim was removed counts as well. */
  get claimedBytes(): number {
    return this.#claimedBytes;
  }

  hold(claim: RelayClaim): void {
    this.claims.set(claim.chunkIndex, claim);
    this.#claimedBytes = Math.max(this.#claimedBytes, claim.frameOffset + claim.frameLength);
  }

  /** The chunks that are claimed, ascending, with gaps between. */
  ranges(): ChunkRanges {
    const indices = [...this.claims.keys()];
    const chunks = new ChunkSet(indices.reduce((total, index) => Math.max(total, index + 1), 0));
    for (const index of indices) chunks.add(index);
    return chunks.toRanges();
  }
}
