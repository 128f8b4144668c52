/** That the relay's disk holds a chunk: where its frame lies in the data file of the attempt. */
export interface RelayClaim {
  readonly transferId: number;
  readonly attempt: number;
  readonly chunkIndex: number;
  /** Bytes from the beginning of the data file. */
  readonly frameOffset: number;
  /** Bytes, header and payload. */
  readonly frameLength: number;
  /** Bytes of the chunk before compression. */
  readonly rawLength: number;
  /** SHA-256 of the chunk before compression, hexadecimal. */
  readonly digest: string;
}

/** An attempt of a transfer, as claims name it. */
export type ClaimedAttempt = Pick<RelayClaim, 'transferId' | 'attempt'>;

/** What the claims of one attempt come to. */
export interface ClaimedFile extends ClaimedAttempt {
  /** Where the last frame ends: a data file that is shorter does not hold all that is claimed. */
  readonly endBytes: number;
  /** The transfer has ended. */
  readonly hasEnded: boolean;
  /** The transfer is in this attempt. */
  readonly isPresent: boolean;
}
