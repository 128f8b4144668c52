import type { Page, PageRequest } from '../common/page.ts';
import type { NewTransfer } from '../transfer/transfer.ts';
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

  /** Writes the moving part of runs. */
  updateProgressBatch(progress: readonly RunProgress[]): Promise<void>;

  /** Stores one page of a plan in one transaction: transfers, tree entries, issues, counters. May be called twice. */
  storePlanPage(page: PlanPage): Promise<void>;

  /** Drops what was planned so far (transfers, tree entries, issues): a scan starts over. */
  clearPlan(runId: number): Promise<void>;

  /** Up to `limit` tree entries of a run above an ordinal, in walking order. */
  listTreeEntries(runId: number, afterOrdinal: number, limit: number): Promise<readonly TreeEntry[]>;

  addIssues(runId: number, issues: readonly RunIssue[]): Promise<void>;

  listIssues(runId: number, page: PageRequest): Promise<Page<RunIssue>>;
}
