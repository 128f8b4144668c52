import { MAX_ITEMS_PER_MESSAGE } from '@ferryline/engine';
import { move } from '../../../domain/common/lifecycle.ts';
import { type RunState, runMoves } from '../../../domain/run/lifecycle.ts';
import type { ActiveRun } from './hub-state.ts';
import { activate, offer, onFailed, park, refOf } from './moving.ts';
import { recordNow } from './recording.ts';
import { clearPlan, startScan } from './scanning.ts';
import { tellInPieces } from './settling.ts';
import type { Step } from './step.ts';
import { touchRun } from './step.ts';
import { startSurvey } from './surveying.ts';
import { enterTreePhase, loadTreePage } from './tree.ts';

/** Transfers of one run that are open at a time: enough that small files keep every part busy while others wait for an answer. */
const MAX_OPEN_TRANSFERS = 384;
/** Above this many bytes no further transfer is opened: large files need no crowd. */
const MAX_OPEN_BYTES = 256 * 1024 * 1024;
/** Transfers loaded at a time; the next ones are loaded when the backlog is half gone. */
const LOAD_TRANSFERS = 1_000;

/** Does whatever the run can do next. Called after every event that may concern it; doing nothing is a good answer. */
export function drive(step: Step, run: ActiveRun): void {
  const { online } = step.state;
  if (run.phase === 'settled' || !online.has(run.run.source.agentId)) return;
  if (run.state === 'planning') {
    if (run.phase === 'idle') startPlanning(step, run);
    return;
  }
  if (!online.has(run.run.destination.agentId)) return;
  if (run.phase === 'scanning') return;
  if (run.phase === 'idle') enterTreePhase(run, 'arranging');
  if (run.phase === 'arranging' || run.phase === 'sealing') loadTreePage(step, run);
  if (run.phase === 'moving') moveOn(step, run);
}

/** The destination of a `pull` run has said what it holds, or that it holds nothing: now the source. */
export function onSurveyed(step: Step, run: ActiveRun): void {
  if (step.state.online.has(run.run.source.agentId)) startScan(step, run);
  else run.phase = 'idle';
}

/** All directories and links stand, or all are sealed: goes on to the next phase. */
export function onTreeDone(step: Step, run: ActiveRun): void {
  if (run.phase === 'arranging') run.phase = 'moving';
  else if (run.phase === 'sealing') settle(step, run);
  drive(step, run);
}

/** A party of the run went away: what is open is suspended, and the run waits. */
export function parkRun(step: Step, run: ActiveRun): void {
  if (run.phase === 'settled') return;
  for (const active of [...run.open.values()]) park(step, active);
  run.phase = 'idle';
  run.restingTransfers = 0;
  run.treeBusy = false;
  run.unplannedPages.clear();
  reload(run);
}

/** Forgets what was loaded and not begun: it is loaded again, as the database has it by then. */
export function reload(run: ActiveRun): void {
  run.backlog.length = 0;
  run.loadedUpTo = 0;
  run.isLoading = false;
  run.isExhausted = false;
}

/** Offers again the transfers whose rest before a retry is over. */
export function wakeRested(step: Step): void {
  for (const run of step.state.runs.values()) {
    if (run.phase !== 'moving' || run.restingTransfers === 0) continue;
    const due = [...run.open.values()].filter((each) => each.phase === 'resting' && each.retryAtMs <= step.nowMs);
    run.restingTransfers -= due.length;
    sendOffers(
      step,
      run,
      due.map((active) => offer(step, active)),
    );
  }
}

/** Ends a run that cannot go on, and with it what is open of it. */
export function failRun(step: Step, run: ActiveRun, error: NonNullable<ActiveRun['error']>): void {
  if (run.phase === 'settled') return;
  for (const active of [...run.open.values()]) {
    const ref = refOf(active);
    onFailed(step, active, error, false);
    const { sourceAgentId, destinationAgentId } = active.transfer;
    for (const agentId of new Set([sourceAgentId, destinationAgentId])) tellInPieces(step, agentId, 'cancel', [ref]);
  }
  run.error = error;
  end(step, run, 'failed');
}

function startPlanning(step: Step, run: ActiveRun): void {
  if (run.planIsPartial) clearPlan(step, run);
  else if (run.run.type === 'push') startScan(step, run);
  else if (step.state.online.has(run.run.destination.agentId)) startSurvey(step, run);
}

function moveOn(step: Step, run: ActiveRun): void {
  const offers: ReturnType<typeof offer>[] = [];
  while (mayOpenAnother(run)) {
    const transfer = run.backlog.shift();
    if (transfer === undefined) break;
    offers.push(activate(step, run, transfer));
  }
  sendOffers(step, run, offers);
  if (!run.isLoading && !run.isExhausted && run.backlog.length < LOAD_TRANSFERS / 2) load(step, run);
  const isEmpty = run.backlog.length + run.open.size + run.recordingTransfers === 0;
  if (run.isExhausted && isEmpty) {
    enterTreePhase(run, 'sealing');
    loadTreePage(step, run);
  }
}

function sendOffers(step: Step, run: ActiveRun, offers: readonly ReturnType<typeof offer>[]): void {
  const { agentId } = run.run.destination;
  for (let from = 0; from < offers.length; from += MAX_ITEMS_PER_MESSAGE) {
    const transfers = offers.slice(from, from + MAX_ITEMS_PER_MESSAGE);
    step.effects.push({ type: 'sendMessage', agentId, message: { type: 'receive', transfers } });
  }
}

function mayOpenAnother(run: ActiveRun): boolean {
  return run.open.size < MAX_OPEN_TRANSFERS && run.openBytes < MAX_OPEN_BYTES;
}

function load(step: Step, run: ActiveRun): void {
  // What was parked a moment ago must be in the database before it is read from there.
  recordNow(step);
  run.isLoading = true;
  run.loads += 1;
  const { loads: load, loadedUpTo: afterId } = run;
  step.effects.push({ type: 'loadTransfers', runId: run.run.id, load, afterId, limit: LOAD_TRANSFERS });
}

function settle(step: Step, run: ActiveRun): void {
  const { filesFailed, filesMoved } = run.counters;
  if (filesFailed === 0 && !run.hasTreeProblems) end(step, run, 'completed');
  else if (filesMoved === 0 && filesFailed > 0) end(step, run, 'failed');
  else end(step, run, 'partial');
}

function end(step: Step, run: ActiveRun, state: RunState): void {
  run.state = move(`Run ${run.run.id}`, runMoves, run.state, state);
  run.phase = 'settled';
  run.endedAt = new Date(step.nowMs);
  touchRun(step, run, 'urgent');
}
