import type { Page, PageRequest } from '../common/page.ts';
import type { NewTransfer, TransferProgress } from '../transfer/transfer.ts';
import type { RunState } from './lifecycle.ts';
import type { NewRun, Run, RunProgress } from './run.ts';
import type { RunIssue, TreeEntry } from './tree-entry.ts';

/** One stored page of a run's plan. */
export interface PlanPage {
  readonly runId: number;
  readonly transfers: readonly NewTransfer[];
  readonly treeEntries: readonly TreeEntry[];
  readonly issues: readonly RunIssue[];
  /** The run as it stands with this page: its counters, and `running` with the last page. */
  readonly progress: RunProgress;
}

/** What changed since the last record, of any number of runs. */
export interface RunChanges {
  readonly transfers: readonly TransferProgress[];
  readonly runs: readonly RunProgress[];
  readonly issues: readonly { readonly runId: number; readonly issue: RunIssue }[];
}

/** Which tree entries are wanted: at most `limit`, beyond an ordinal, in one of two orders. */
export interface TreeEntryRequest {
  readonly beyond: number;
  readonly order: 'parentsFirst' | 'childrenFirst';
  readonly limit: number;
}

export interface RunRepository {
  /** Runs of one user (of everybody when `userId` is undefined), newest first. */
  list(userId: number | undefined, filter: { readonly state?: RunState }, page: PageRequest): Promise<Page<Run>>;

  getById(id: number): Promise<Run | undefined>;

  /** The run if it exists and belongs to the user, else undefined. */
  getByIdForUser(id: number, userId: number): Promise<Run | undefined>;

  /** Adds a run, `planning`, with no counters. Durable when it returns (FAULTS.md A0). */
  create(run: NewRun): Promise<Run>;

  /** Every run that is `planning` or `running`, in order of id: what a restarted hub takes up again. */
  listUnsettled(): Promise<readonly Run[]>;

  /**
   * Writes what changed in one transaction, durable when it returns. What ended stays as it ended: a late record does not bring a
   * cancelled run or transfer back. May be called twice.
   */
  record(changes: RunChanges): Promise<void>;

  /**
   * Cancels a run that is `planning` or `running`, and its unsettled transfers, in one transaction. Returns whether there was one
   * to cancel.
   */
  cancel(id: number, reason: string, at: Date): Promise<boolean>;

  /**
   * Stores one page of a plan in one transaction: transfers, tree entries, issues, counters. May be called twice. A page of a run
   * that ended in the meantime is dropped.
   */
  storePlanPage(page: PlanPage): Promise<void>;

  /** Drops what was planned so far (transfers, tree entries, issues): a scan starts over. */
  clearPlan(runId: number): Promise<void>;

  listTreeEntries(runId: number, request: TreeEntryRequest): Promise<readonly TreeEntry[]>;

  /** What a run did not copy, or could not, in the order in which it came up. */
  listIssues(runId: number, page: PageRequest): Promise<Page<RunIssue>>;
}
