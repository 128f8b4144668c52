import { ChunkSet, chunkCount, type Failure, type RootPath, refOf, type TransferRef } from '@ferryline/engine';
import type { DestinationEffect, ReceivePlan } from './events.ts';
import { forgetReceipt, repeatFinished } from './receipts.ts';
import type { DestinationState, DestinationTransfer } from './state.ts';

/** How an attempt begins at a destination, anew or where an earlier one stopped, and how what is left of one is let go. */

/** The hub asks to receive a file: it may be new, under way, left by an earlier life, published already, or even settled. */
export function begin<Payload>(
  state: DestinationState,
  plan: ReceivePlan,
  effects: DestinationEffect<Payload>[],
): void {
  const receipt = state.receipts.get(plan.transfer);
  if (receipt !== undefined && isSameFile(receipt, plan) && receipt.attempt >= plan.attempt) {
    repeatFinished(state, plan, effects);
    return;
  }
  if (receipt !== undefined) forgetReceipt(state, receipt, effects);
  const known = state.transfers.get(plan.transfer);
  if (known !== undefined && known.plan.attempt > plan.attempt) return;
  if (known !== undefined && isSame(known.plan, plan)) {
    answerAgain(known, effects);
    return;
  }
  if (known !== undefined) discard(state, known.plan, effects);
  const recovered = state.recovered.get(plan.transfer);
  const isResumed = recovered !== undefined && isSame(recovered, plan);
  state.recovered.delete(plan.transfer);
  if (recovered !== undefined && !isResumed) effects.push({ type: 'discardPartial', ref: refOf(recovered) });
  const settled = state.settled.get(plan.transfer);
  const isOfferedAgain = settled !== undefined && isSame(settled, plan);
  if (settled !== undefined && !isOfferedAgain) forgetReceipt(state, settled, effects);
  state.settled.delete(plan.transfer);
  const totalChunks = chunkCount(plan.size, plan.chunkSize);
  state.transfers.set(plan.transfer, {
    plan,
    totalChunks,
    phase: 'opening',
    held: new ChunkSet(totalChunks),
    underWay: new Set(),
    written: [],
    syncing: undefined,
    recording: 0,
    unrecorded: [],
    proof: undefined,
  });
  effects.push({ type: isResumed || isOfferedAgain ? 'reopenPartial' : 'openPartial', plan, totalChunks });
}

/**
 * Asked again after a reconnect: what is durable counts, nothing else. What is about to be published is answered with `finished` by
 * itself, and while it opens, the answer comes by itself as well. Otherwise the source is asked again, and may find that its file has
 * changed: nothing is published by what it stated before.
 */
function answerAgain<Payload>(transfer: DestinationTransfer, effects: DestinationEffect<Payload>[]): void {
  if (transfer.phase === 'intending' || transfer.phase === 'publishing') return;
  transfer.proof = undefined;
  if (transfer.phase === 'opening') return;
  effects.push({ type: 'reportReceiving', ref: refOf(transfer.plan), held: transfer.held.toRanges() });
}

function isSame(a: ReceivePlan, b: ReceivePlan): boolean {
  return a.attempt === b.attempt && isSameFile(a, b);
}

/**
 * Whether two plans with the number of one transfer mean the same file: a hub whose database was set back, or another hub, may give an
 * old number to a new transfer (FAULTS.md F34, F41).
 */
function isSameFile(a: ReceivePlan, b: ReceivePlan): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.chunkSize === b.chunkSize && isSamePath(a.path, b.path);
}

function isSamePath(a: RootPath, b: RootPath): boolean {
  return a.root === b.root && a.names.length === b.names.length && a.names.every((name, at) => name === b.names[at]);
}

/** Lets go of what nobody will ask for again: what was left in part, or a receipt, settled or not. */
export function letGo<Payload>(state: DestinationState, ref: TransferRef, effects: DestinationEffect<Payload>[]): void {
  dropRecovered(state, ref, effects);
  forgetReceipt(state, ref, effects);
}

/** Lets go of what was left in part, or was about to be published by an earlier life. */
export function dropRecovered<Payload>(
  state: DestinationState,
  ref: TransferRef,
  effects: DestinationEffect<Payload>[],
): void {
  if (state.recovered.get(ref.transfer)?.attempt !== ref.attempt) return;
  state.recovered.delete(ref.transfer);
  effects.push({ type: 'discardPartial', ref: refOf(ref) });
}

/** There is no room for the rest: what is held and recorded is kept, as if an earlier life had left it, and nothing else is claimed. */
export function leave<Payload>(
  state: DestinationState,
  plan: ReceivePlan,
  failure: Failure,
  effects: DestinationEffect<Payload>[],
): void {
  state.transfers.delete(plan.transfer);
  state.recovered.set(plan.transfer, plan);
  effects.push({ type: 'leavePartial', ref: refOf(plan) }, { type: 'reportWaiting', ref: refOf(plan), failure });
}

export function discard<Payload>(
  state: DestinationState,
  plan: ReceivePlan,
  effects: DestinationEffect<Payload>[],
): void {
  state.transfers.delete(plan.transfer);
  effects.push({ type: 'discardPartial', ref: refOf(plan) });
}
