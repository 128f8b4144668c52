import type { Run } from '../../domain/run/run.ts';
import type { HeldFile, PlanPage, RunChanges, TreeEntryRequest } from '../../domain/run/run-repository.ts';
import type { TreeEntry } from '../../domain/run/tree-entry.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';
import type { Store } from '../store/store.ts';

/** Runs and transfers as whoever carries them out plans them, takes them up and records them. Every write is one transaction. */
export class TransferRecords {
  readonly #store: Store;

  constructor({ store }: { readonly store: Store }) {
    this.#store = store;
  }

  /** Every run that has not ended, in order of id: what a restarted hub takes up again. */
  unsettledRuns(): Promise<readonly Run[]> {
    return this.#store.runs.listUnsettled();
  }

  /** Drops what was planned of a run so far: its scan starts over. */
  clearPlan(runId: number): Promise<void> {
    return this.#store.runs.clearPlan(runId);
  }

  /** Stores a page of a run's plan in one transaction, durable when it returns. May be called twice. */
  storePlanPage(page: PlanPage): Promise<void> {
    return this.#store.runs.storePlanPage(page);
  }

  /** Notes what the destination of a `pull` run holds. May be called twice. */
  storeHeldFiles(runId: number, files: readonly HeldFile[]): Promise<void> {
    return this.#store.runs.storeHeldFiles(runId, files);
  }

  /** Which of these files the destination holds just so, as positions in `files`. */
  findHeldFiles(runId: number, files: readonly HeldFile[]): Promise<ReadonlySet<number>> {
    return this.#store.runs.findHeldFiles(runId, files);
  }

  /** Up to `limit` unsettled transfers of a run with an id above `afterId`, in order of id; `only` those that the relay's disk holds. */
  unsettledTransfers(runId: number, afterId: number, limit: number, only?: 'stored'): Promise<readonly Transfer[]> {
    return this.#store.transfers.listUnsettled(runId, afterId, limit, only);
  }

  /** Those of the transfers that exist, in no order. */
  transfersByIds(ids: readonly number[]): Promise<readonly Transfer[]> {
    return this.#store.transfers.getByIds(ids);
  }

  treeEntries(runId: number, request: TreeEntryRequest): Promise<readonly TreeEntry[]> {
    return this.#store.runs.listTreeEntries(runId, request);
  }

  /** Takes back the end of a run that was recorded. May be called twice. */
  reopenRun(runId: number): Promise<void> {
    return this.#store.runs.reopen(runId);
  }

  /** Ends what an earlier life of the hub left of runs that failed as a whole. */
  failRests(): Promise<void> {
    return this.#store.runs.failRests();
  }

  /** Counts by their transfers what an earlier life of the hub may have counted otherwise. */
  recountRunning(): Promise<void> {
    return this.#store.runs.recountRunning();
  }

  /** Ends what has not ended of a run that failed as a whole, with the reason of the run. May be called twice. */
  failRest(runId: number): Promise<void> {
    return this.#store.runs.failRest(runId);
  }

  /** Records what changed in one transaction, durable when it returns. What ended stays as it ended. May be called twice. */
  record(changes: RunChanges): Promise<void> {
    return this.#store.runs.record(changes);
  }
}
