import type { AgentMessage } from '@ferryline/engine';
import { move } from '../../../domain/common/lifecycle.ts';
import { runMoves } from '../../../domain/run/lifecycle.ts';
import { noCounters } from '../../../domain/run/run.ts';
import type { ActiveRun } from './hub-state.ts';
import { planPage } from './plan.ts';
import { runProgress } from './recording.ts';
import { toRootPath } from './root-path.ts';
import type { Step } from './step.ts';

/** Starts the scan of a run whose source is online; what an interrupted scan left is cleared first. */
export function startScan(step: Step, run: ActiveRun): void {
  if (run.planIsPartial) {
    run.phase = 'clearing';
    step.effects.push({ type: 'clearPlan', runId: run.run.id });
    return;
  }
  run.phase = 'scanning';
  run.nextPage = 0;
  run.startedAt ??= new Date(step.nowMs);
  step.effects.push({
    type: 'sendMessage',
    agentId: run.run.source.agentId,
    message: { type: 'scan', run: run.run.id, path: toRootPath(run.run.source.place) },
  });
}

/** What an interrupted scan left is gone: the plan begins anew. */
export function onPlanCleared(run: ActiveRun): void {
  run.planIsPartial = false;
  run.counters = noCounters;
  run.nextOrdinal = 0;
  run.phase = 'idle';
}

/** One page of what the source found: planned and stored at once, acknowledged when stored. */
export function onEntries(step: Step, run: ActiveRun, message: Extract<AgentMessage, { type: 'entries' }>): void {
  if (run.phase !== 'scanning' || run.state !== 'planning' || message.page !== run.nextPage) return;
  run.nextPage += 1;
  const planned = planPage(run.run, run.counters, run.nextOrdinal, message);
  run.counters = planned.counters;
  run.nextOrdinal = planned.nextOrdinal;
  run.planIsPartial = true;
  if (message.last) run.state = move(`Run ${run.run.id}`, runMoves, run.state, 'running');
  const { transfers, treeEntries, issues } = planned;
  step.effects.push({
    type: 'storePlanPage',
    number: message.page,
    last: message.last,
    page: { runId: run.run.id, transfers, treeEntries, issues, progress: runProgress(run) },
  });
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
