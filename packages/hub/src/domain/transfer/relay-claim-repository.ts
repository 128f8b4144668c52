import type { ClaimedAttempt, ClaimedFile, RelayClaim } from './relay-claim.ts';

/**
 * What the relay's disk holds. A claim is written after its bytes are on stable storage, and removed before they are (FAULTS.md 1.0).
 * Every method takes a bounded number of statements in one transaction, is durable when it returns, and may be called twice.
 */
export interface RelayClaimRepository {
  /**
   * Adds claims. A chunk that is claimed already stays as it is claimed. Returns those of the claims that were not added: another one
   * stands for the chunk, or the transfer is not there any more.
   *
   * @throws RecordRefused when the database would never take them; then nothing of them is written.
   */
  createBatch(claims: readonly RelayClaim[]): Promise<readonly RelayClaim[]>;

  /** Up to `limit` claims of these transfers beyond the claim given, in order of transfer, attempt and chunk. */
  list(transferIds: readonly number[], after: RelayClaim | undefined, limit: number): Promise<readonly RelayClaim[]>;

  /** Up to `limit` claimed attempts beyond the one given, in order of transfer and attempt. */
  listFiles(after: ClaimedAttempt | undefined, limit: number): Promise<readonly ClaimedFile[]>;

  /** The attempts of these transfers that have a claim. */
  listAttempts(transferIds: readonly number[]): Promise<readonly ClaimedAttempt[]>;

  /** Removes the claim of one chunk. */
  delete(chunk: Pick<RelayClaim, 'transferId' | 'attempt' | 'chunkIndex'>): Promise<void>;

  /** Removes the claims of an attempt whose frames end beyond a length in bytes. */
  deleteBeyond(attempt: ClaimedAttempt, lengthBytes: number): Promise<void>;

  /** Removes every claim of these attempts. */
  deleteAttempts(attempts: readonly ClaimedAttempt[]): Promise<void>;

  /** Removes every claim of these transfers; returns the attempts that had some. */
  deleteTransfers(transferIds: readonly number[]): Promise<readonly ClaimedAttempt[]>;
}
