import { FerryError } from '../../domain/common/errors.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { Run } from '../../domain/run/run.ts';
import type { PlanPage, RunChanges, RunRepository, TreeEntryRequest } from '../../domain/run/run-repository.ts';
import type { TreeEntry } from '../../domain/run/tree-entry.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';
import type { TransferFilter, TransferRepository } from '../../domain/transfer/transfer-repository.ts';
import { type Principal, visibleUserId } from '../auth/principal.ts';

export interface TransferServiceDependencies {
  readonly transfers: TransferRepository;
  readonly runs: RunRepository;
}

/** Transfers: as people look at them, and as whoever carries runs out plans, takes up and records them. */
export class TransferService {
  readonly #transfers: TransferRepository;
  readonly #runs: RunRepository;

  constructor({ transfers, runs }: TransferServiceDependencies) {
    this.#transfers = transfers;
    this.#runs = runs;
  }

  list(principal: Principal, filter: TransferFilter, page: PageRequest): Promise<Page<Transfer>> {
    return this.#transfers.list(visibleUserId(principal), filter, page);
  }

  /** @throws FerryError NOT_FOUND, also for a transfer of somebody else. */
  async get(principal: Principal, id: number): Promise<Transfer> {
    const userId = visibleUserId(principal);
    const transfer = await (userId === undefined
      ? this.#transfers.getById(id)
      : this.#transfers.getByIdForUser(id, userId));
    if (transfer === undefined) throw new FerryError('NOT_FOUND', `There is no transfer ${id}.`);
    return transfer;
  }

  /** Every run that has not ended, in order of id: what a restarted hub takes up again. */
  unsettledRuns(): Promise<readonly Run[]> {
    return this.#runs.listUnsettled();
  }

  /** Drops what was planned of a run so far: its scan starts over. */
  clearPlan(runId: number): Promise<void> {
    return this.#runs.clearPlan(runId);
  }

  /** Stores a page of a run's plan in one transaction, durable when it returns. May be called twice. */
  storePlanPage(page: PlanPage): Promise<void> {
    return this.#runs.storePlanPage(page);
  }

  /** Up to `limit` unsettled transfers of a run with an id above `afterId`, in order of id. */
  unsettledTransfers(runId: number, afterId: number, limit: number): Promise<readonly Transfer[]> {
    return this.#transfers.listUnsettled(runId, afterId, limit);
  }

  treeEntries(runId: number, request: TreeEntryRequest): Promise<readonly TreeEntry[]> {
    return this.#runs.listTreeEntries(runId, request);
  }

  /** Records what changed in one transaction, durable when it returns. What ended stays as it ended. May be called twice. */
  record(changes: RunChanges): Promise<void> {
    return this.#runs.record(changes);
  }
}
