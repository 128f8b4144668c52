import { chunkCount } from '@ferryline/engine';
import { settledRunStates } from '../../packages/hub/src/domain/run/lifecycle.ts';
import { noCounters, type Run } from '../../packages/hub/src/domain/run/run.ts';
import type {
  HeldFile,
  PlanPage,
  RunChanges,
  TreeEntryRequest,
} from '../../packages/hub/src/domain/run/run-repository.ts';
import type { TreeEntry } from '../../packages/hub/src/domain/run/tree-entry.ts';
import { settledTransferStates } from '../../packages/hub/src/domain/transfer/lifecycle.ts';
import type { Transfer } from '../../packages/hub/src/domain/transfer/transfer.ts';
import type { ChangedTransfer } from '../../packages/hub/src/domain/transfer/transfer-repository.ts';
import { assertMoves } from './record-moves.ts';
import { CHUNK_BYTES } from './scenario.ts';
import { promised } from './violation.ts';

/**
 * The database of the simulated hub: what was written stays, and ended rows stay as they ended. Each method is one transaction, and does
 * what the SQL repositories do. Files are cut into chunks of a few bytes, which nobody else has a say in.
 */
export class MemoryRecords {
  readonly runs = new Map<number, Run>();
  readonly transfers = new Map<number, Transfer>();
  readonly #treeEntries = new Map<number, TreeEntry[]>();
  readonly #heldFiles = new Map<number, HeldFile[]>();
  #lastTransferId = 0;

  get unsettledRuns(): readonly Run[] {
    return [...this.runs.values()].filter((run) => !isEnded(run));
  }

  create(run: Run): void {
    this.runs.set(run.id, run);
  }

  storePlanPage({ runId, transfers, treeEntries, progress }: PlanPage): void {
    const run = this.runs.get(runId);
    if (run === undefined || isEnded(run)) return;
    this.#update(progress);
    const known = new Set(this.#transfersOf(runId).map((each) => each.ordinal));
    for (const planned of transfers) {
      if (known.has(planned.ordinal)) continue;
      this.#lastTransferId += 1;
      this.transfers.set(this.#lastTransferId, {
        ...planned,
        chunkSizeBytes: CHUNK_BYTES,
        totalChunks: chunkCount(planned.sizeBytes, CHUNK_BYTES),
        id: this.#lastTransferId,
        state: 'pending',
        attempt: 1,
        retryCount: 0,
        completedChunks: 0,
        bytesTransferred: 0,
        wireBytes: 0,
        storedChunks: 0,
        createdAt: new Date(0),
      });
    }
    const entries = this.#treeEntries.get(runId) ?? [];
    const ordinals = new Set(entries.map((each) => each.ordinal));
    this.#treeEntries.set(runId, [...entries, ...treeEntries.filter((each) => !ordinals.has(each.ordinal))]);
  }

  clearPlan(runId: number): void {
    const run = this.runs.get(runId);
    promised('I8', run?.plannedAt === undefined, () => `the plan of run ${runId} was complete, and is cleared`);
    for (const { id } of this.#transfersOf(runId)) this.transfers.delete(id);
    this.#treeEntries.delete(runId);
    this.#heldFiles.delete(runId);
  }

  storeHeldFiles(runId: number, files: readonly HeldFile[]): void {
    this.#heldFiles.set(runId, [...(this.#heldFiles.get(runId) ?? []), ...files]);
  }

  findHeldFiles(runId: number, files: readonly HeldFile[]): ReadonlySet<number> {
    const held = new Set((this.#heldFiles.get(runId) ?? []).map(textOf));
    return new Set(files.flatMap((file, at) => (held.has(textOf(file)) ? [at] : [])));
  }

  record(changes: RunChanges): void {
    for (const { id, ...plan } of changes.replans ?? []) {
      const before = this.transfers.get(id);
      if (before === undefined || settledTransferStates.includes(before.state)) continue;
      this.transfers.set(id, { ...before, ...plan });
    }
    for (const progress of changes.transfers) {
      const before = this.transfers.get(progress.id);
      if (before === undefined || settledTransferStates.includes(before.state)) continue;
      assertMoves(before, progress);
      this.transfers.set(progress.id, { ...before, ...progress });
    }
    for (const progress of changes.runs) this.#update(progress);
  }

  unsettledTransfers(runId: number, afterId: number, limit: number, only?: 'stored'): Transfer[] {
    const isWanted = (each: Transfer): boolean =>
      only === undefined || (each.storedChunks === each.totalChunks && each.chunkListHash !== undefined);
    return this.#transfersOf(runId)
      .filter((each) => each.id > afterId && !settledTransferStates.includes(each.state) && isWanted(each))
      .slice(0, limit);
  }

  transfersByIds(ids: readonly number[]): Transfer[] {
    return ids.flatMap((id) => this.transfers.get(id) ?? []);
  }

  treePage(runId: number, { beyond, order, limit }: TreeEntryRequest): TreeEntry[] {
    const entries = this.#treeEntries.get(runId) ?? [];
    const wanted =
      order === 'parentsFirst'
        ? entries.filter((each) => each.ordinal > beyond)
        : entries.filter((each) => each.ordinal < beyond).reverse();
    return wanted.slice(0, limit);
  }

  /** Somebody cancels a run; returns whether there was one to cancel. */
  cancelRun(id: number): boolean {
    const run = this.runs.get(id);
    if (run === undefined || isEnded(run)) return false;
    this.runs.set(id, { ...run, state: 'cancelled', errorCode: 'CANCELLED', endedAt: new Date(0) });
    for (const each of this.#transfersOf(id)) this.#cancel(each);
    return true;
  }

  /** Somebody cancels a transfer, which counts as failed in its run. */
  cancelTransfer(id: number): readonly ChangedTransfer[] {
    const transfer = this.transfers.get(id);
    if (transfer === undefined || !this.#cancel(transfer)) return [];
    const run = this.#run(transfer.runId);
    if (!isEnded(run)) this.#count(run, 1);
    return [{ id, runId: transfer.runId }];
  }

  /** Somebody has a failed transfer tried again. */
  retryTransfer(id: number): readonly ChangedTransfer[] {
    const transfer = this.transfers.get(id);
    if (transfer?.state !== 'failed') return [];
    const run = this.#run(transfer.runId);
    if (run.state === 'cancelled' || run.plannedAt === undefined) return [];
    this.transfers.set(id, pendingAgain(transfer));
    this.#count(notEnded({ ...run, state: 'running' }), -1);
    return [{ id, runId: run.id }];
  }

  /** Somebody has what failed of a run tried again; undefined when there is nothing. */
  retryRun(id: number): { readonly run: Run; readonly retriedTransfers: number } | undefined {
    const run = this.runs.get(id);
    if (run === undefined || (run.state !== 'partial' && run.state !== 'failed')) return undefined;
    if (run.plannedAt === undefined) {
      this.runs.set(id, notEnded({ ...run, state: 'planning', counters: noCounters }));
      return { run: this.#run(id), retriedTransfers: 0 };
    }
    const failed = this.#transfersOf(id).filter((each) => each.state === 'failed');
    if (failed.length === 0 && this.unsettledTransfers(id, 0, 1).length === 0) return undefined;
    for (const each of failed) this.transfers.set(each.id, pendingAgain(each));
    this.#count(notEnded({ ...run, state: 'running' }), -failed.length);
    return { run: this.#run(id), retriedTransfers: failed.length };
  }

  failRests(): void {
    for (const id of this.runs.keys()) this.failRest(id);
  }

  recountRunning(): void {
    for (const [id, run] of this.runs) {
      if (run.state !== 'running') continue;
      const own = this.#transfersOf(id);
      const filesMoved = own.filter(({ state }) => state === 'completed').length;
      const filesFailed = own.filter(({ state }) => state === 'failed' || state === 'cancelled').length;
      const bytesMoved = own.reduce((sum, each) => sum + (each.state === 'cancelled' ? 0 : each.bytesTransferred), 0);
      this.runs.set(id, { ...run, counters: { ...run.counters, filesMoved, filesFailed, bytesMoved } });
    }
  }

  failRest(id: number): void {
    const run = this.runs.get(id);
    if (run?.state !== 'failed' || run.errorCode === undefined) return;
    const rest = this.unsettledTransfers(id, 0, Number.MAX_SAFE_INTEGER);
    for (const each of rest) {
      this.transfers.set(each.id, { ...each, state: 'failed', errorCode: run.errorCode, endedAt: new Date(0) });
    }
    this.#count(run, rest.length);
  }

  reopenRun(id: number): void {
    const run = this.runs.get(id);
    if (run === undefined || (run.state !== 'partial' && run.state !== 'failed') || run.plannedAt === undefined) return;
    this.runs.set(id, notEnded({ ...run, state: 'running' }));
  }

  #cancel(transfer: Transfer): boolean {
    if (settledTransferStates.includes(transfer.state)) return false;
    this.transfers.set(transfer.id, { ...transfer, state: 'cancelled', errorCode: 'CANCELLED', endedAt: new Date(0) });
    return true;
  }

  #count(run: Run, failures: number): void {
    const { counters } = run;
    this.runs.set(run.id, { ...run, counters: { ...counters, filesFailed: counters.filesFailed + failures } });
  }

  #run(id: number): Run {
    const run = this.runs.get(id);
    promised('I8', run !== undefined, () => `run ${id} is gone`);
    return run;
  }

  #transfersOf(runId: number): readonly Transfer[] {
    return [...this.transfers.values()].filter((each) => each.runId === runId);
  }

  #update(progress: RunChanges['runs'][number]): void {
    const before = this.runs.get(progress.id);
    if (before === undefined || isEnded(before)) return;
    this.runs.set(progress.id, { ...notEnded(before), ...progress });
  }
}

function isEnded(run: Run): boolean {
  return settledRunStates.includes(run.state);
}

function notEnded(run: Run): Run {
  const { errorCode: _code, errorMessage: _message, endedAt: _at, ...rest } = run;
  return rest;
}

function pendingAgain(transfer: Transfer): Transfer {
  const { errorCode: _code, errorMessage: _message, endedAt: _at, fileHash: _hash, ...rest } = transfer;
  const nothingMoved = { completedChunks: 0, bytesTransferred: 0, storedChunks: 0 };
  return { ...rest, ...nothingMoved, state: 'pending', attempt: transfer.attempt + 1, retryCount: 0 };
}

function textOf({ names, sizeBytes, mtimeNs }: HeldFile): string {
  return `${names.join('/')} ${sizeBytes} ${mtimeNs}`;
}
