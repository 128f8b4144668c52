import type { Page, PageRequest } from '../common/page.ts';
import type { TransferState } from './lifecycle.ts';
import type { NewTransfer, Transfer, TransferProgress, TransferReplan } from './transfer.ts';

export interface TransferFilter {
  readonly runId?: number;
  /** Of any run of this job. */
  readonly jobId?: number;
  readonly state?: TransferState;
  /** At either end. */
  readonly agentId?: number;
  /** Part of the file's name, without case. */
  readonly text?: string;
  /** Created at or after this moment. */
  readonly from?: Date;
  /** Created before this moment. */
  readonly until?: Date;
}

/** A transfer that was changed by hand, and its run. */
export interface ChangedTransfer {
  readonly id: number;
  readonly runId: number;
}

export interface TransferRepository {
  /** Transfers of one user (of everybody when `userId` is undefined). */
  list(
    userId: number | undefined,
    filter: TransferFilter,
    page: PageRequest<'id' | 'sizeBytes' | 'filename'>,
  ): Promise<Page<Transfer>>;

  getById(id: number): Promise<Transfer | undefined>;

  /** Those of the transfers that exist, in no order. */
  getByIds(ids: readonly number[]): Promise<readonly Transfer[]>;

  /**
   * Adds planned transfers, `pending`, with a bounded number of statements. An ordinal that the run already has is left as it
   * is: the same page may be stored twice.
   */
  createBatch(transfers: readonly NewTransfer[]): Promise<void>;

  /**
   * Up to `limit` unsettled transfers of a run with an id above `afterId`, in order of id.
   *
   * @param only - `stored`: those of which the relay's disk holds every chunk, and whose chunk list hash is known; one without bytes is
   * stored when that is known
   */
  listUnsettled(runId: number, afterId: number, limit: number, only?: 'stored'): Promise<readonly Transfer[]>;

  /**
   * Writes the moving part of many transfers, with a bounded number of statements. Later entries for an id win. A transfer that
   * ended stays as it ended.
   */
  updateProgressBatch(progress: readonly TransferProgress[]): Promise<void>;

  /**
   * Writes what many transfers are planned to be from now on, with a bounded number of statements. Later entries for an id win. A
   * transfer that ended stays as it ended.
   */
  replanBatch(replans: readonly TransferReplan[]): Promise<void>;

  /** Cancels every unsettled transfer of a run, with the reason; returns how many. */
  cancelUnsettled(runId: number, reason: string, at: Date): Promise<number>;

  /**
   * Cancels those of the transfers that are unsettled, with the reason, and counts them as failed in their runs, in one transaction.
   * Returns those it cancelled.
   */
  cancel(ids: readonly number[], reason: string, at: Date): Promise<readonly ChangedTransfer[]>;

  /**
   * Makes those of the transfers that failed pending again, with all their retries ahead of them, and their runs `running` when they
   * had ended, in one transaction. Returns those it changed. Failed transfers of a cancelled run stay as they are.
   */
  retry(ids: readonly number[]): Promise<readonly ChangedTransfer[]>;

  /** Removes every transfer of a run: its plan is made anew. Only for runs still `planning` that never moved a byte. */
  deleteByRun(runId: number): Promise<void>;
}
