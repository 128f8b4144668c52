import type { RunRepository } from '../../domain/run/run-repository.ts';
import type { ChangedTransfer, TransferRepository } from '../../domain/transfer/transfer-repository.ts';
import { standIn } from '../store/stand-in.ts';
import type { Tell } from './tell.ts';

/** Runs, with somebody who hears of every change to them and to their transfers. */
export function announcingRuns(runs: RunRepository, tell: Tell): RunRepository {
  const changed = (id: number): void => tell((changes) => changes.runsChanged([id]));
  const changedWithTransfers = (id: number): void => {
    changed(id);
    tell((changes) => changes.manyTransfersChanged(id));
  };
  return standIn(runs, {
    async create(run) {
      const made = await runs.create(run);
      changed(made.id);
      return made;
    },
    async createFailed(run, error) {
      const made = await runs.createFailed(run, error);
      changed(made.id);
      return made;
    },
    async record(recorded) {
      await runs.record(recorded);
      const runIds = recorded.runs.map((run) => run.id);
      const ids = recorded.transfers.map((transfer) => transfer.id);
      tell((changes) => {
        changes.runsChanged(runIds);
        // A transfer that changes changes the counters of its run: they are recorded together.
        changes.transfersChanged(ids, runIds);
      });
    },
    async cancel(id, reason, at) {
      const isCancelled = await runs.cancel(id, reason, at);
      if (isCancelled) changedWithTransfers(id);
      return isCancelled;
    },
    async retry(id) {
      const retried = await runs.retry(id);
      if (retried !== undefined) changedWithTransfers(id);
      return retried;
    },
    async reopen(id) {
      await runs.reopen(id);
      changed(id);
    },
    async storePlanPage(page) {
      await runs.storePlanPage(page);
      changed(page.runId);
    },
    async clearPlan(runId) {
      await runs.clearPlan(runId);
      changedWithTransfers(runId);
    },
  });
}

/** Transfers that people change by hand; what happens to them by itself is recorded with their run. */
export function announcingTransfers(transfers: TransferRepository, tell: Tell): TransferRepository {
  return standIn(transfers, {
    async cancel(ids, reason, at) {
      const cancelled = await transfers.cancel(ids, reason, at);
      tellChanged(cancelled, tell);
      return cancelled;
    },
    async retry(ids) {
      const retried = await transfers.retry(ids);
      tellChanged(retried, tell);
      return retried;
    },
  });
}

function tellChanged(changed: readonly ChangedTransfer[], tell: Tell): void {
  const runIds = [...new Set(changed.map((each) => each.runId))];
  const ids = changed.map((each) => each.id);
  tell((changes) => {
    changes.runsChanged(runIds);
    changes.transfersChanged(ids, runIds);
  });
}
