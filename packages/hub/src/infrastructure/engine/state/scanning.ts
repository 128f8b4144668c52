import type { FileEntry } from '@ferryline/engine';
import { move } from '../../../domain/common/lifecycle.ts';
import { runMoves } from '../../../domain/run/lifecycle.ts';
import { noCounters } from '../../../domain/run/run.ts';
import { heldFile } from './held-file.ts';
import type { ActiveRun, EntriesPage } from './hub-state.ts';
import { planPage } from './plan.ts';
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
  run.phase = 'idle';
}

/** Asks the source what there is to copy. */
export function startScan(step: Step, run: ActiveRun): void {
  run.phase = 'scanning';
  run.nextPage = 0;
  run.unplannedPages.clear();
  run.startedAt ??= new Date(step.nowMs);
  step.effects.push({
    type: 'sendMessage',
    agentId: run.run.source.agentId,
    message: scanMessage(run, run.run.source.place),
  });
}

/** One page of what the source found. Of a `pull` run it is planned when it is known what of it the destination holds. */
export function onEntries(step: Step, run: ActiveRun, message: EntriesPage): void {
  if (run.phase !== 'scanning' || run.state !== 'planning' || message.page !== run.nextPage) return;
  run.nextPage += 1;
  if (run.run.type === 'push') {
    plan(step, run, message, nothingHeld);
    return;
  }
  run.unplannedPages.set(message.page, message);
  const files = message.entries.filter((entry): entry is FileEntry => entry.kind === 'file').map(heldFile);
  step.effects.push({ type: 'findHeldFiles', runId: run.run.id, files, page: message.page });
}

/** It is known what of a page the destination holds. */
export function onHeldFilesFound(step: Step, run: ActiveRun, page: number, held: ReadonlySet<number>): void {
  const message = run.unplannedPages.get(page);
  run.unplannedPages.delete(page);
  if (message !== undefined && run.phase === 'scanning') plan(step, run, message, held);
}

/** A page is stored: the source may send on; after the last one the run can move. */
export function onPlanPageStored(step: Step, run: ActiveRun, page: number, last: boolean): void {
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
    page: { runId: run.run.id, transfers, treeEntries, issues, progress: runProgress(run) },
  });
}
