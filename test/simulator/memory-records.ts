import type { Run } from '../../packages/hub/src/domain/run/run.ts';
import type { PlanPage, RunChanges, TreeEntryRequest } from '../../packages/hub/src/domain/run/run-repository.ts';
import type { TreeEntry } from '../../packages/hub/src/domain/run/tree-entry.ts';
import { settledTransferStates } from '../../packages/hub/src/domain/transfer/lifecycle.ts';
import type { Transfer } from '../../packages/hub/src/domain/transfer/transfer.ts';

/** The database of the simulated hub: what was written stays; ended rows stay as they ended. */
export class MemoryRecords {
  readonly runs = new Map<number, Run>();
  readonly transfers = new Map<number, Transfer>();
  readonly treeEntries: TreeEntry[] = [];

  storePlanPage({ transfers, treeEntries, progress }: PlanPage): void {
    for (const planned of transfers) {
      const id = this.transfers.size + 1;
      this.transfers.set(id, {
        ...planned,
        id,
        state: 'pending',
        attempt: 1,
        retryCount: 0,
        completedChunks: 0,
        bytesTransferred: 0,
        wireBytes: 0,
        createdAt: new Date(0),
      });
    }
    this.treeEntries.push(...treeEntries);
    this.#update(progress);
  }

  record(changes: RunChanges): void {
    for (const progress of changes.transfers) {
      const before = this.transfers.get(progress.id);
      if (before === undefined || settledTransferStates.includes(before.state)) continue;
      this.transfers.set(progress.id, { ...before, ...progress });
    }
    for (const progress of changes.runs) this.#update(progress);
  }

  unsettledTransfers(runId: number, afterId: number, limit: number): Transfer[] {
    return [...this.transfers.values()]
      .filter((each) => each.runId === runId && each.id > afterId && !settledTransferStates.includes(each.state))
      .slice(0, limit);
  }

  treePage({ beyond, order, limit }: TreeEntryRequest): TreeEntry[] {
    const wanted =
      order === 'parentsFirst'
        ? this.treeEntries.filter((each) => each.ordinal > beyond)
        : this.treeEntries.filter((each) => each.ordinal < beyond).reverse();
    return wanted.slice(0, limit);
  }

  #update(progress: Partial<Run> & { readonly id: number }): void {
    const before = this.runs.get(progress.id);
    if (before !== undefined) this.runs.set(progress.id, { ...before, ...progress });
  }
}
