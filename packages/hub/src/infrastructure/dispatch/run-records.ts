import type { Run } from '../../domain/run/run.ts';
import type { HeldFile, PlanPage, RunChanges, TreeEntryRequest } from '../../domain/run/run-repository.ts';
import type { TreeEntry } from '../../domain/run/tree-entry.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';

/** The durable side of runs, as the dispatcher needs it; every write is one transaction. */
export interface RunRecords {
  unsettledRuns(): Promise<readonly Run[]>;
  clearPlan(runId: number): Promise<void>;
  storePlanPage(page: PlanPage): Promise<void>;
  storeHeldFiles(runId: number, files: readonly HeldFile[]): Promise<void>;
  findHeldFiles(runId: number, files: readonly HeldFile[]): Promise<ReadonlySet<number>>;
  /** @throws RecordRefused when the database would never take it. */
  reopenRun(runId: number): Promise<void>;
  failRests(): Promise<void>;
  recountRunning(): Promise<void>;
  /** @throws RecordRefused when the database would never take it. */
  failRest(runId: number): Promise<void>;
  /** In order of id; `only` those of which the relay's disk holds every chunk. */
  unsettledTransfers(runId: number, afterId: number, limit: number, only?: 'stored'): Promise<readonly Transfer[]>;
  /** Those of the transfers that exist, in no order. */
  transfersByIds(ids: readonly number[]): Promise<readonly Transfer[]>;
  treeEntries(runId: number, request: TreeEntryRequest): Promise<readonly TreeEntry[]>;
  /**
   * Durable when it returns. Rows that ended stay as they ended: a cancelled transfer is not brought back by a late record.
   *
   * @throws RecordRefused when the database would never take them; then nothing of them is written.
   */
  record(changes: RunChanges): Promise<void>;
}
