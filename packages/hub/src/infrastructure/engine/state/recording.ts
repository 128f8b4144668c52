import type { RunProgress } from '../../../domain/run/run.ts';
import type { TransferProgress, TransferReplan } from '../../../domain/transfer/transfer.ts';
import type { ActiveRun, ActiveTransfer } from './hub-state.ts';
import { tellSettled } from './settling.ts';
import type { Step } from './step.ts';

/** Counters alone are written this often: people watch them, nothing depends on them. */
const LAZY_RECORD_INTERVAL_MS = 500;
/** Records under way at a time: while the database is slow, changes gather and share the next one. */
const MAX_RECORDINGS = 2;

/** Emits a record of all that changed, when it is due. */
export function recordIfDue(step: Step): void {
  const { state } = step;
  const isDue = state.hasUrgentChange || step.nowMs - state.lastRecordAtMs >= LAZY_RECORD_INTERVAL_MS;
  if (isDue && state.recordings.length < MAX_RECORDINGS) recordNow(step);
}

/** Emits a record of all that changed; what is loaded from the database after it sees every change. */
export function recordNow(step: Step): void {
  const { state } = step;
  const transfers = [...state.changedTransfers];
  const replanned = [...state.replannedTransfers];
  const runs = [...state.changedRuns];
  if (transfers.length + runs.length + state.issues.length === 0) return;
  step.effects.push({
    type: 'record',
    changes: {
      replans: replanned.map(transferReplan),
      transfers: transfers.map(transferProgress),
      runs: runs.map(runProgress),
      issues: state.issues,
    },
  });
  // Judged now, not when the record is durable: a transfer that ends in between is in the next record, not in this one.
  state.recordings.push({
    replannedTransfers: replanned,
    endedTransfers: transfers.filter((each) => each.phase === 'recording'),
    runs,
    settledRuns: runs.filter((each) => each.phase === 'settled'),
  });
  state.changedTransfers.clear();
  state.replannedTransfers.clear();
  state.changedRuns.clear();
  state.issues = [];
  state.hasUrgentChange = false;
  state.lastRecordAtMs = step.nowMs;
}

/**
 * The oldest record is durable: both ends hear of the transfers that it completed, and the runs that it settled are forgotten.
 * Returns the runs it was about.
 */
export function onRecorded(step: Step): readonly ActiveRun[] {
  const recorded = step.state.recordings.shift();
  if (recorded === undefined) return [];
  for (const active of recorded.replannedTransfers) {
    active.hasUnrecordedPlan = step.state.replannedTransfers.has(active);
  }
  tellSettled(step, recorded.endedTransfers);
  const stored = recorded.endedTransfers.filter((each) => each.usesDisk);
  if (stored.length > 0) {
    step.effects.push({ type: 'dropStored', transferIds: stored.map(({ transfer }) => transfer.id) });
  }
  for (const run of recorded.settledRuns) {
    const { id, jobId } = run.run;
    // It may have been taken up again between its end and this record of it: then it goes on, or another life of it stands there.
    if (step.state.runs.get(id) === run && run.phase === 'settled') step.state.runs.delete(id);
    if (run.state === 'failed' && run.error !== undefined) step.effects.push({ type: 'failRest', runId: id });
    step.effects.push({ type: 'announceEnd', runId: id, jobId });
  }
  return recorded.runs;
}

export function runProgress(run: ActiveRun): RunProgress {
  return {
    id: run.run.id,
    state: run.state,
    counters: run.counters,
    ...(run.error && { errorCode: run.error.code, errorMessage: run.error.message }),
    ...(run.startedAt && { startedAt: run.startedAt }),
    ...(run.plannedAt && { plannedAt: run.plannedAt }),
    ...(run.endedAt && { endedAt: run.endedAt }),
  };
}

function transferProgress(active: ActiveTransfer): TransferProgress {
  return {
    id: active.transfer.id,
    state: active.state,
    attempt: active.attempt,
    retryCount: active.retryCount,
    completedChunks: active.acknowledged.count,
    bytesTransferred: active.bytesTransferred,
    wireBytes: active.wireBytes,
    // What ended is dropped from the disk as soon as that is recorded.
    storedChunks: active.phase === 'recording' ? 0 : active.stored.count,
    ...(active.fileHash && { fileHash: active.fileHash }),
    ...(active.chunkListHash && { chunkListHash: active.chunkListHash }),
    ...(active.error && { errorCode: active.error.code, errorMessage: active.error.message }),
    ...(active.startedAt && { startedAt: active.startedAt }),
    ...(active.endedAt && { endedAt: active.endedAt }),
  };
}

function transferReplan({ transfer }: ActiveTransfer): TransferReplan {
  const { id, sizeBytes, identity, mode, mtimeNs, chunkSizeBytes, totalChunks } = transfer;
  return { id, sizeBytes, identity, mode, mtimeNs, chunkSizeBytes, totalChunks };
}
