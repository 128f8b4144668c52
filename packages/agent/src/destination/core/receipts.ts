import { refOf, type TransferRef } from '@ferryline/engine';
import type { DestinationEffect } from './events.ts';
import type { DestinationState } from './state.ts';

/**
 * Receipts: that an attempt was published. Until the hub settles it, a receipt alone answers for the attempt. Afterwards it is kept for
 * a while, for a hub whose database is set back to before that record and that offers the attempt again (FAULTS.md F41); then it answers
 * only together with the file.
 */

/**
 * Settled receipts that are kept at most: those of the last five seconds of the smallest files at the highest rate that was measured,
 * 1,900 a second (docs/adr/0010), and of an hour or more of ordinary work. Each costs some hundred bytes, in memory and in the journal.
 */
export const MAX_SETTLED_RECEIPTS = 10_000;
/**
 * The oldest are forgotten so many at a time: to find the oldest of a map means to pass by what was deleted before it, which costs 9 µs a
 * transfer when it is done for each, and 0.3 µs like this (measured with 10,000).
 */
const FORGOTTEN_AT_ONCE = 1_000;

/** Says again that an attempt is published, if that is so and the hub has not settled it. */
export function repeatFinished<Payload>(
  state: DestinationState,
  ref: TransferRef,
  effects: DestinationEffect<Payload>[],
): void {
  if (state.receipts.get(ref.transfer)?.attempt !== ref.attempt) return;
  effects.push({ type: 'reportFinished', ref: refOf(ref) });
}

/** The hub has recorded the attempt as completed. Without a receipt of it nothing changes. */
export function settleReceipt<Payload>(
  state: DestinationState,
  ref: TransferRef,
  effects: DestinationEffect<Payload>[],
): void {
  const receipt = state.receipts.get(ref.transfer);
  if (receipt?.attempt !== ref.attempt) return;
  state.receipts.delete(ref.transfer);
  state.settled.set(ref.transfer, receipt);
  effects.push({ type: 'settleReceipt', ref: refOf(ref) });
  if (state.settled.size <= MAX_SETTLED_RECEIPTS) return;
  for (const oldest of [...state.settled.values()].slice(0, FORGOTTEN_AT_ONCE)) forgetReceipt(state, oldest, effects);
}

/** Forgets that an attempt was published, settled or not. */
export function forgetReceipt<Payload>(
  state: DestinationState,
  ref: TransferRef,
  effects: DestinationEffect<Payload>[],
): void {
  for (const receipts of [state.receipts, state.settled]) {
    if (receipts.get(ref.transfer)?.attempt !== ref.attempt) continue;
    receipts.delete(ref.transfer);
    effects.push({ type: 'forgetReceipt', ref: refOf(ref) });
  }
}
