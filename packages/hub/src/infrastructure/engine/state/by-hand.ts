import type { Run } from '../../../domain/run/run.ts';
import type { ChangedTransfer } from '../../../domain/transfer/transfer-repository.ts';
import { drive, lookForRoom, reload, restBacklog, wakeRested } from './driving.ts';
import { groupIn } from './grouping.ts';
import { type ActiveRun, activeRun } from './hub-state.ts';
import { cancelKept } from './kept.ts';
import { cancelEnded, drop, refOf, setBytesTransferred } from './moving.ts';
import { recordNow } from './recording.ts';
import { tellInPieces } from './settling.ts';
import type { Step } from './step.ts';
import { touchRun } from './step.ts';
import { sweepStored } from './storing.ts';

/** What people do to single transfers. The database has changed already when the core hears of it: memory and agents follow. */

/** Transfers were cancelled: both ends let go of those that are under way, and each counts as failed in its run. */
export function onTransfersCancelled(step: Step, transfers: readonly ChangedTransfer[]): void {
  const all = new Set(transfers.map(({ id }) => id));
  cancelKept(step, ({ transfer }) => all.has(transfer));
  sweepStored(step);
  for (const [runId, ids] of idsByRun(transfers)) {
    const run = step.state.runs.get(runId);
    if (run === undefined) continue;
    const failures = letGo(step, run, new Set(ids));
    run.counters = { ...run.counters, filesFailed: run.counters.filesFailed + failures };
    touchRun(step, run, 'lazy');
    drive(step, run);
  }
}

/** Failed transfers are to be tried again: their runs load them, with the run itself when it had ended. */
export function onTransfersRetried(step: Step, transfers: readonly ChangedTransfer[], runs: readonly Run[]): void {
  const retried = idsByRun(transfers);
  for (const run of runs) {
    const present = step.state.runs.get(run.id);
    if (present === undefined) {
      const active = activeRun(run, step.nowMs);
      step.state.runs.set(run.id, active);
      drive(step, active);
      continue;
    }
    takeUpAgain(step, present, retried.get(run.id)?.length ?? 0);
  }
}

/** Goes on with a run in memory of which so many transfers are pending again, and no longer counted as failed. */
export function takeUpAgain(step: Step, run: ActiveRun, retriedTransfers: number): void {
  run.counters = { ...run.counters, filesFailed: run.counters.filesFailed - retriedTransfers };
  touchRun(step, run, 'lazy');
  if (run.phase === 'settled') reopen(step, run);
  else reload(step, run);
  if (run.phase === 'sealing') backToMoving(run);
  drive(step, run);
}

/** Somebody does not want to wait for the end of a rest, or says that there is room. */
export function onTransferResumed(step: Step, transferId: number): void {
  const active = step.state.transfers.get(transferId);
  if (active?.phase === 'waiting') lookForRoom(step, active);
  if (active?.phase !== 'resting') return;
  active.retryAtMs = step.nowMs;
  wakeRested(step);
}

/** The run had ended in memory before the database knew: the record of its end is taken back. */
function reopen(step: Step, run: ActiveRun): void {
  // The end is recorded first, if it was not yet: what reopens comes after it.
  recordNow(step);
  step.effects.push({ type: 'reopenRun', runId: run.run.id });
  run.state = 'running';
  run.error = undefined;
  run.endedAt = undefined;
  run.phase = 'idle';
  reload(step, run);
  touchRun(step, run, 'urgent');
}

function backToMoving(run: ActiveRun): void {
  run.phase = 'moving';
  run.treeBusy = false;
}

/** Returns how many of them now fail that had not failed before. */
function letGo(step: Step, run: ActiveRun, ids: ReadonlySet<number>): number {
  const ended = [...ids]
    .flatMap((id) => step.state.transfers.get(id) ?? [])
    .filter((each) => each.phase === 'recording');
  const completed = ended.filter((each) => each.state === 'completed');
  for (const active of completed) {
    setBytesTransferred(active, 0);
    run.counters = { ...run.counters, filesMoved: run.counters.filesMoved - 1 };
    cancelEnded(active);
  }
  const open = [...run.open.values()].filter((active) => ids.has(active.transfer.id));
  const { source, destination } = run.run;
  for (const agentId of new Set([source.agentId, destination.agentId])) {
    tellInPieces(step, agentId, 'cancel', [...open, ...completed].map(refOf));
  }
  for (const active of open) {
    if (active.phase === 'resting') run.restingTransfers -= 1;
    setBytesTransferred(active, 0);
    drop(step, active);
  }
  restBacklog(step, run);
  const kept = run.backlog.filter(({ transfer }) => !ids.has(transfer.id));
  run.backlog.splice(0, run.backlog.length, ...kept);
  // A load under way was asked for before: its answer may still hold them as unsettled.
  if (run.isLoading) reload(step, run);
  return ids.size - ended.filter((each) => each.state === 'failed').length;
}

function idsByRun(transfers: readonly ChangedTransfer[]): ReadonlyMap<number, readonly number[]> {
  const byRun = new Map<number, number[]>();
  for (const { id, runId } of transfers) groupIn(byRun, runId).push(id);
  return byRun;
}
