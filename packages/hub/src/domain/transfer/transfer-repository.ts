import type { Page, PageRequest } from '../common/page.ts';
import type { TransferState } from './lifecycle.ts';
import type { NewTransfer, Transfer, TransferProgress } from './transfer.ts';

export interface TransferFilter {
  readonly runId?: number;
  readonly state?: TransferState;
}

export interface TransferRepository {
  /** Transfers of one user (of everybody when `userId` is undefined), newest first. */
  list(userId: number | undefined, filter: TransferFilter, page: PageRequest): Promise<Page<Transfer>>;

  getById(id: number): Promise<Transfer | undefined>;

  /** The transfer if it exists and belongs to the user, else undefined. */
  getByIdForUser(id: number, userId: number): Promise<Transfer | undefined>;

  /**
   * Adds planned transfers, `pending`, with a bounded number of statements. An ordinal that the run already has is left as it
   * is: the same page may be stored twice.
   */
  createBatch(transfers: readonly NewTransfer[]): Promise<void>;

  /** Up to `limit` unsettled transfers of a run with an id above `afterId`, in order of id. */
  listUnsettled(runId: number, afterId: number, limit: number): Promise<readonly Transfer[]>;

  /**
   * Writes the moving part of many transfers, with a bounded number of statements. Later entries for an id win. A transfer that
   * ended stays as it ended.
   */
  updateProgressBatch(progress: readonly TransferProgress[]): Promise<void>;

  /** Cancels every unsettled transfer of a run, with the reason; returns how many. */
  cancelUnsettled(runId: number, reason: string, at: Date): Promise<number>;

  /** Removes every transfer of a run: its plan is made anew. Only for runs still `planning` that never moved a byte. */
  deleteByRun(runId: number): Promise<void>;
}
