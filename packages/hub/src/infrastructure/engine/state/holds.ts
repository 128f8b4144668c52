import { MAX_ITEMS_PER_MESSAGE, type TransferRef } from '@ferryline/engine';
import { settledTransferStates } from '../../../domain/transfer/lifecycle.ts';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import type { HubEvent } from './events.ts';
import { keep } from './kept.ts';
import { tellInPieces } from './settling.ts';
import type { Step } from './step.ts';

/** An agent says what it remembers: the database knows what became of that while it was away. */
export function onHoldsStated(step: Step, agentId: number, refs: readonly TransferRef[]): void {
  for (let from = 0; from < refs.length; from += MAX_ITEMS_PER_MESSAGE) {
    step.effects.push({ type: 'lookUpHolds', agentId, refs: refs.slice(from, from + MAX_ITEMS_PER_MESSAGE) });
  }
}

/** Tells the agent what it need not remember: what is recorded as completed, and what nobody wants any more. */
export function onHoldsLookedUp(
  step: Step,
  { agentId, refs, transfers, asOf = step.state.cancellations }: Extract<HubEvent, { type: 'holdsLookedUp' }>,
): void {
  // What was cancelled since the question may be called unsettled in the answer: it is asked again.
  if (asOf !== step.state.cancellations) {
    if (step.state.online.has(agentId)) onHoldsStated(step, agentId, refs);
    return;
  }
  const known = new Map(transfers.map((each) => [each.id, each]));
  const fates = refs.map((ref) => ({ ref, fate: fateOf(step, agentId, ref, known.get(ref.transfer)) }));
  for (const type of ['settled', 'cancel'] as const) {
    const told = fates.filter(({ fate }) => fate === type).map(({ ref }) => ref);
    tellInPieces(step, agentId, type, told);
  }
  for (const { ref, fate } of fates) {
    const transfer = known.get(ref.transfer);
    const isAtRest = !step.state.transfers.has(ref.transfer);
    if (fate === 'kept' && transfer !== undefined && isAtRest) keep(step.state, transfer, ref.attempt);
  }
}

function fateOf(
  { state }: Step,
  agentId: number,
  ref: TransferRef,
  transfer: Transfer | undefined,
): 'settled' | 'cancel' | 'kept' {
  if (transfer === undefined || transfer.destinationAgentId !== agentId) return 'cancel';
  // What is in memory is newer than what is recorded.
  const active = state.transfers.get(ref.transfer);
  if (ref.attempt < (active?.attempt ?? transfer.attempt)) return 'cancel';
  // It failed while this agent was away, and nobody told it.
  if (active?.phase === 'recording' && active.state === 'failed') return 'cancel';
  if (!settledTransferStates.includes(transfer.state)) return 'kept';
  return transfer.state === 'completed' ? 'settled' : 'cancel';
}
