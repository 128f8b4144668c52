import type { HubEffect } from './effects.ts';
import type { ActiveRun, ActiveTransfer, HubState } from './hub-state.ts';

/** One step of the hub core in the making: the state, the moment, chance, and the effects so far. */
export interface Step {
  readonly state: HubState;
  readonly nowMs: number;
  /** Gives a number from 0 to 1, exclusive. */
  readonly random: () => number;
  /** Room on the relay's disk that nobody has taken or reserved, in bytes; what this step takes of it is subtracted. */
  storeRoomBytes: number;
  readonly effects: HubEffect[];
  /** How many runs move files at each agent; counted when somebody wants to know (fair-shares.ts). */
  runsAtWork?: ReadonlyMap<number, number>;
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
