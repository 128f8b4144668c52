import type { ErrorCode } from '../common/errors.ts';
import type { Page, PageRequest } from '../common/page.ts';
import type { NewTransfer, TransferProgress, TransferReplan } from '../transfer/transfer.ts';
import type { RunState } from './lifecycle.ts';
import type { NewRun, Run, RunProgress, RunTrigger } from './run.ts';
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
  /** Plans of transfers that changed, each of which is among `transfers` as well; written before their progress. */
  readonly replans?: readonly TransferReplan[];
  readonly transfers: readonly TransferProgress[];
  readonly runs: readonly RunProgress[];
  readonly issues: readonly { readonly runId: number; readonly issue: RunIssue }[];
}

/** A run that was taken up again after its end, and how many of its transfers are pending again. */
export interface RetriedRun {
  readonly run: Run;
  readonly retriedTransfers: number;
}

/** Which tree entries are wanted: at most `limit`, beyond an ordinal, in one of two orders. */
export interface TreeEntryRequest {
  readonly beyond: number;
  readonly order: 'parentsFirst' | 'childrenFirst';
  readonly limit: number;
}

export interface RunFilter {
  readonly state?: RunState;
  readonly trigger?: RunTrigger;
  readonly jobId?: number;
  /** At either end. */
  readonly agentId?: number;
  /** Part of the source's or the destination's path, without case. */
  readonly text?: string;
  /** Created at or after this moment. */
  readonly from?: Date;
  /** Created before this moment. */
  readonly until?: Date;
}

/** A file that a destination holds already: its names below the landing place, and what tells it from another. */
export interface HeldFile {
  readonly names: readonly string[];
  readonly sizeBytes: number;
  readonly mtimeNs: string;
}

export interface RunRepository {
  /** Runs of one user (of everybody when `userId` is undefined). */
  list(
    userId: number | undefined,
    filter: RunFilter,
    page: PageRequest<'id' | 'bytesMoved' | 'filesPlanned'>,
  ): Promise<Page<Run>>;

  getById(id: number): Promise<Run | undefined>;

  /** Those of the runs that exist, in no order. */
  getByIds(ids: readonly number[]): Promise<readonly Run[]>;

  /**
   * Adds a run, `planning`, with no counters. Durable when it returns (FAULTS.md A0).
   *
   * @throws FerryError CONFLICT when the job has a run for that tick already.
   */
  create(run: NewRun): Promise<Run>;

  /**
   * Adds a run that could not even start: `failed`, with the reason.
   *
   * @throws FerryError CONFLICT when the job has a run for that tick already.
   */
  createFailed(run: NewRun, error: { readonly code: ErrorCode; readonly message: string }): Promise<Run>;

  /** How many runs of a user have not ended. */
  countUnsettled(userId: number): Promise<number>;

  /** A user's runs that have not begun, because an agent of theirs is away: with this agent at one of their ends, in order of id. */
  listWaiting(userId: number, agentId: number): Promise<readonly Run[]>;

  /** A user's runs that have not ended, in order of id. */
  listUnsettledOf(userId: number): Promise<readonly Run[]>;

  /** The latest run of a job that has not ended, if any. */
  getUnsettledByJob(jobId: number): Promise<Run | undefined>;

  /** Every run that is `planning` or `running`, in order of id: what a restarted hub takes up again. */
  listUnsettled(): Promise<readonly Run[]>;

  /**
   * Writes what changed in one transaction, durable when it returns. What ended stays as it ended: a late record does not bring a
   * cancelled run or transfer back. May be called twice.
   *
   * @throws RecordRefused when the database would never take them; then nothing of them is written.
   */
  record(changes: RunChanges): Promise<void>;

  /**
   * Cancels a run that is `planning` or `running`, and its unsettled transfers, in one transaction. Returns whether there was one
   * to cancel.
   */
  cancel(id: number, reason: string, at: Date): Promise<boolean>;

  /**
   * Takes up what failed of a run that ended `partial` or `failed`, in one transaction: with a complete plan its failed transfers are
   * pending again and it is `running`; without, it is `planning` as if nothing had happened. Returns undefined, and changes nothing,
   * when there is nothing to retry.
   */
  retry(id: number): Promise<RetriedRun | undefined>;

  /**
   * Ends the unsettled transfers of a run that is `failed`, with its error, and counts them as failed, in one transaction. Does nothing
   * to a run that is not. May be called twice.
   *
   * @throws RecordRefused when the database would never take it.
   */
  failRest(id: number): Promise<void>;

  /** As `failRest`, for every run that failed: what a hub that died at the wrong moment has left. */
  failRests(): Promise<void>;

  /** Counts files and bytes that are moved, and files that failed, of every `running` run by its transfers: a record may have come between. */
  recountRunning(): Promise<void>;

  /**
   * Takes back the end of a run that ended `partial` or `failed` with a complete plan: it is `running` again.
   *
   * @throws RecordRefused when the database would never take that.
   */
  reopen(id: number): Promise<void>;

  /**
   * Stores one page of a plan in one transaction: transfers, tree entries, issues, counters. May be called twice. A page of a run
   * that ended in the meantime is dropped.
   */
  storePlanPage(page: PlanPage): Promise<void>;

  /** Drops what was planned so far (transfers, tree entries, issues, held files): a scan starts over. */
  clearPlan(runId: number): Promise<void>;

  /** Notes what the destination of a `pull` run holds, with a bounded number of statements. May be called twice. */
  storeHeldFiles(runId: number, files: readonly HeldFile[]): Promise<void>;

  /** Which of these files the destination holds just so, as positions in `files`. */
  findHeldFiles(runId: number, files: readonly HeldFile[]): Promise<ReadonlySet<number>>;

  listTreeEntries(runId: number, request: TreeEntryRequest): Promise<readonly TreeEntry[]>;

  /** What a run did not copy, or could not, in the order in which it came up. */
  listIssues(runId: number, page: PageRequest): Promise<Page<RunIssue>>;
}
