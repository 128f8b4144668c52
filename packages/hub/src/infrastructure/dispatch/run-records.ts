import type { Run } from '../../domain/run/run.ts';
import type { PlanPage } from '../../domain/run/run-repository.ts';
import type { TreeEntry } from '../../domain/run/tree-entry.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';
import type { Changes } from '../engine/state/effects.ts';

/** Which tree entries are wanted: at most `limit`, beyond an ordinal, in one of two orders. */
export interface TreeEntryRequest {
  readonly beyond: number;
  readonly order: 'parentsFirst' | 'childrenFirst';
  readonly limit: number;
}

/** The durable side of runs, as the dispatcher needs it; every write is one transaction. */
export interface RunRecords {
  unsettledRuns(): Promise<readonly Run[]>;
  clearPlan(runId: number): Promise<void>;
  storePlanPage(page: PlanPage): Promise<void>;
  unsettledTransfers(runId: number, afterId: number, limit: number): Promise<readonly Transfer[]>;
  treeEntries(runId: number, request: TreeEntryRequest): Promise<readonly TreeEntry[]>;
  /** Durable when it returns. Rows that ended stay as they ended: a cancelled transfer is not brought back by a late record. */
  record(changes: Changes): Promise<void>;
}
