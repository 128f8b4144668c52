import type { Run } from '../../domain/run/run.ts';
import type { ChangedTransfer } from '../../domain/transfer/transfer-repository.ts';

/** Who carries runs out. Told only after the database says so; what it misses it finds there at its next start. */
export interface RunDispatcher {
  /** A run exists and wants doing: it was made just now. */
  runAppeared(run: Run): void;
  /** A run that had ended is taken up again: so many of its transfers are pending again, and no longer counted as failed. */
  runRetried(run: Run, retriedTransfers: number): void;
  /** A run was cancelled, with its unsettled transfers. */
  runCancelled(runId: number): void;
  /** These transfers were cancelled, and counted as failed in their runs. */
  transfersCancelled(transfers: readonly ChangedTransfer[]): void;
  /** These transfers, which had failed, are pending again, and no longer counted as failed; their runs are `running`. */
  transfersRetried(transfers: readonly ChangedTransfer[], runs: readonly Run[]): void;
  /** Somebody wants a suspended transfer to go on now, instead of when its rest is over. */
  transferResumed(transferId: number): void;
  /** Which chunks of a transfer the destination is known to hold, as ranges [first, count]; undefined when it is not under way. */
  heldChunks(transferId: number): readonly (readonly [first: number, count: number])[] | undefined;
}
