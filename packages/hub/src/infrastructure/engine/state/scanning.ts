import type { Failure, FileEntry } from '@ferryline/engine';
import { move } from '../../../domain/common/lifecycle.ts';
import { runMoves } from '../../../domain/run/lifecycle.ts';
import { noCounters } from '../../../domain/run/run.ts';
import { heldFile } from './held-file.ts';
import type { ActiveRun, EntriesPage } from './hub-state.ts';
import { planPage } from './plan.ts';
import { countScanned, isWithinPages, keptIssues } from './plan-limits.ts';
import { runProgress } from './recording.ts';
import { scanMessage } from './scan-message.ts';
import type { Step } from './step.ts';

/** What an interrupted scan left is to go before the next one starts. */
export function clearPlan(step: Step, run: ActiveRun): void {
  run.phase = 'clearing';
  step.effects.push({ type: 'clearPlan', runId: run.run.id });
}

/** What an interrupted scan left is gone: the plan begins anew. */
export function onPlanCleared(run: ActiveRun): void {
  run.planIsPartial = false;
  run.counters = noCounters;
  run.nextOrdinal = 0;
  run.keptIssues = 0;
  run.phase = 'idle';
}

/** Asks the source what there is to copy. */
export function startScan(step: Step, run: ActiveRun): void {
  run.phase = 'scanning';
  beginPages(run);
  run.unplannedPages.clear();
  run.startedAt ??= new Date(step.nowMs);
  step.effects.push({
    type: 'sendMessage',
    agentId: run.run.source.agentId,
    message: scanMessage(run, run.run.source.place),
  });
}

/**
 * One page of what the source found. Of a `pull` run it is planned when it is known what of it the destination holds.
 *
 * @returns why the run cannot go on, if it cannot
 */
export function onEntries(step: Step, run: ActiveRun, message: EntriesPage): Failure | undefined {
  if (run.phase !== 'scanning' || run.state !== 'planning' || message.page !== run.nextPage) return undefined;
  if (!isWithinPages(run, message)) return endOverhasty(step, run.run.source.agentId);
  const failure = takePage(run, message);
  if (failure !== undefined) return failure;
  if (run.run.type === 'push') {
    plan(step, run, message, nothingHeld);
    return undefined;
  }
  run.unplannedPages.set(message.page, message);
  const files = message.entries.filter((entry): entry is FileEntry => entry.kind === 'file').map(heldFile);
  step.effects.push({ type: 'findHeldFiles', runId: run.run.id, files, page: message.page });
  return undefined;
}

/** Pages come from the first one on. */
export function beginPages(run: ActiveRun): void {
  run.nextPage = 0;
  run.takenPage = -1;
  run.scanned = 0;
}

/** The next page has come; returns why the run cannot go on with what is on it, if it cannot. */
export function takePage(run: ActiveRun, message: EntriesPage): Failure | undefined {
  run.nextPage += 1;
  return countScanned(run, message);
}

/** Pages that were not asked for yet would fill the memory while they wait for the database. */
export function endOverhasty(step: Step, agentId: number): undefined {
  step.effects.push({
    type: 'closeSession',
    agentId,
    code: 'PROTOCOL',
    reason: 'more pages of entries than were asked for',
  });
}

/** It is known what of a page the destination holds. */
export function onHeldFilesFound(step: Step, run: ActiveRun, page: number, held: ReadonlySet<number>): void {
  const message = run.unplannedPages.get(page);
  run.unplannedPages.delete(page);
  if (message !== undefined && run.phase === 'scanning') plan(step, run, message, held);
}

/** A page is stored: the source may send on; after the last one the run can move. */
export function onPlanPageStored(step: Step, run: ActiveRun, page: number, last: boolean): void {
  run.takenPage = page;
  if (last) {
    run.planIsPartial = false;
    if (run.phase === 'scanning') run.phase = 'idle';
    return;
  }
  if (run.phase !== 'scanning' || !step.state.online.has(run.run.source.agentId)) return;
  step.effects.push({
    type: 'sendMessage',
    agentId: run.run.source.agentId,
    message: { type: 'entriesTaken', run: run.run.id, page },
  });
}

const nothingHeld: ReadonlySet<number> = new Set();

/** Plans a page and has it stored at once. */
function plan(step: Step, run: ActiveRun, message: EntriesPage, held: ReadonlySet<number>): void {
  const planned = planPage(run.run, run.counters, run.nextOrdinal, message, held);
  run.counters = planned.counters;
  run.nextOrdinal = planned.nextOrdinal;
  run.planIsPartial = true;
  if (message.last) {
    run.state = move(`Run ${run.run.id}`, runMoves, run.state, 'running');
    run.plannedAt = new Date(step.nowMs);
  }
  const { transfers, treeEntries, issues } = planned;
  step.effects.push({
    type: 'storePlanPage',
    number: message.page,
    last: message.last,
    page: { runId: run.run.id, transfers, treeEntries, issues: keptIssues(run, issues), progress: runProgress(run) },
  });
}
