import type { TransferRef } from '@ferryline/engine';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import { groupIn } from './grouping.ts';
import type { HubState, KeptAttempt } from './hub-state.ts';
import { tellInPieces } from './settling.ts';
import type { Step } from './step.ts';

/** What connected destinations keep of transfers that are not under way: who cancels one of them has it removed there. */

/** A connected destination keeps what it has of an attempt until both ends are there again. */
export function keep(state: HubState, { id, runId, destinationAgentId }: Transfer, attempt: number): void {
  if (!state.online.has(destinationAgentId)) return;
  state.kept.set(id, { transfer: id, attempt, runId, agentId: destinationAgentId });
}

/** Tells the destinations of cancelled transfers, or of all those of a run, to let go of what they keep. */
export function cancelKept(step: Step, isCancelled: (kept: KeptAttempt) => boolean): void {
  step.state.cancellations += 1;
  const byAgent = new Map<number, TransferRef[]>();
  for (const kept of step.state.kept.values()) {
    if (!isCancelled(kept)) continue;
    step.state.kept.delete(kept.transfer);
    groupIn(byAgent, kept.agentId).push({ transfer: kept.transfer, attempt: kept.attempt });
  }
  for (const [agentId, transfers] of byAgent) tellInPieces(step, agentId, 'cancel', transfers);
}

/** An agent that went away says what it keeps when it comes back. */
export function forgetKept(state: HubState, agentId: number): void {
  for (const kept of state.kept.values()) if (kept.agentId === agentId) state.kept.delete(kept.transfer);
}
