import type { ActiveRun } from './hub-state.ts';
import type { Step } from './step.ts';

/** Transfers of one run that are open at a time: enough that small files keep every part busy while others wait for an answer. */
const MAX_OPEN_TRANSFERS = 384;
/** Those of one agent, at either end: a destination keeps a file open for each. Its runs have equal shares of them. */
const MAX_OPEN_OF_AGENT = 1_024;

/** How many transfers of a run may be open now, so that the agents at its ends have room for their other runs as well. */
export function mostOpenTransfers(step: Step, run: ActiveRun): number {
  step.runsAtWork ??= countRunsAtWork(step);
  const { source, destination } = run.run;
  const runs = Math.max(step.runsAtWork.get(source.agentId) ?? 1, step.runsAtWork.get(destination.agentId) ?? 1);
  return Math.min(MAX_OPEN_TRANSFERS, Math.max(1, Math.floor(MAX_OPEN_OF_AGENT / runs)));
}

/** How many runs move files at each agent. */
function countRunsAtWork({ state }: Step): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { phase, run } of state.runs.values()) {
    if (phase !== 'moving' && phase !== 'storing') continue;
    for (const agentId of new Set([run.source.agentId, run.destination.agentId])) {
      counts.set(agentId, (counts.get(agentId) ?? 0) + 1);
    }
  }
  return counts;
}
