import { MAX_ITEMS_PER_MESSAGE, type TransferRef } from '@ferryline/engine';
import { groupIn } from './grouping.ts';
import type { ActiveTransfer } from './hub-state.ts';
import type { Step } from './step.ts';

/** Tells both ends that completed transfers are recorded, and drops every recorded transfer from memory. */
export function tellSettled(step: Step, ended: readonly ActiveTransfer[]): void {
  const byAgent = new Map<number, TransferRef[]>();
  for (const active of ended) {
    active.run.recordingTransfers -= 1;
    step.state.transfers.delete(active.transfer.id);
    if (active.state !== 'completed') continue;
    for (const agentId of new Set([active.transfer.sourceAgentId, active.transfer.destinationAgentId])) {
      groupIn(byAgent, agentId).push({ transfer: active.transfer.id, attempt: active.attempt });
    }
  }
  for (const [agentId, transfers] of byAgent) tellInPieces(step, agentId, 'settled', transfers);
}

/** Sends a message that only names transfers, split into what one message may carry. */
export function tellInPieces(
  step: Step,
  agentId: number,
  type: 'settled' | 'cancel',
  transfers: readonly TransferRef[],
): void {
  if (!step.state.online.has(agentId)) return;
  for (let from = 0; from < transfers.length; from += MAX_ITEMS_PER_MESSAGE) {
    const piece = transfers.slice(from, from + MAX_ITEMS_PER_MESSAGE);
    step.effects.push({ type: 'sendMessage', agentId, message: { type, transfers: piece } });
  }
}
