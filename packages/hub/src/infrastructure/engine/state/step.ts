import type { HubEffect } from './effects.ts';
import type { ActiveRun, ActiveTransfer, HubState } from './hub-state.ts';

/** One step of the hub core in the making: the state, the moment, and the effects so far. */
export interface Step {
  readonly state: HubState;
  readonly nowMs: number;
  readonly effects: HubEffect[];
}

/** Marks a transfer as differing from the database; `urgent` when its state changed, not only its counters. */
export function touchTransfer(step: Step, transfer: ActiveTransfer, urgency: 'urgent' | 'lazy'): void {
  step.state.changedTransfers.add(transfer);
  touchRun(step, transfer.run, urgency);
}

/** Marks a run as differing from the database. */
export function touchRun(step: Step, run: ActiveRun, urgency: 'urgent' | 'lazy'): void {
  step.state.changedRuns.add(run);
  if (urgency === 'urgent') step.state.hasUrgentChange = true;
}
