import { ChunkSet, exhaustive, refOf, type TransferRef } from '@ferryline/engine';
import { begin, discard, dropRecovered, leave, letGo } from './beginning.ts';
import { advance, hold, nackOf, record, take } from './chunks.ts';
import type { DestinationEffect, DestinationEvent } from './events.ts';
import { repeatFinished, settleReceipt } from './receipts.ts';
import type { DestinationState, DestinationTransfer } from './state.ts';

/**
 * The deciding part of a destination: which chunks to take, when to sync, what to acknowledge, when to publish. Does no I/O. Owns
 * `state` and changes it in place; the effects are to be carried out in order.
 *
 * Invariants (DESIGN.md promises 1 to 3): bytes, record, acknowledgement: a chunk is acknowledged only after the sync that followed
 * its write, and the record that followed the sync; `publish` is asked for once in an attempt, after every chunk is durable, the source
 * stated the file's hashes, and the intent is recorded (FAULTS.md P7); `finished` is said only after the publish; events of an
 * attempt that is not the current one change nothing.
 */
export function stepDestination<Payload>(
  state: DestinationState,
  event: DestinationEvent<Payload>,
): { state: DestinationState; effects: DestinationEffect<Payload>[] } {
  const effects: DestinationEffect<Payload>[] = [];
  apply(state, event, effects);
  return { state, effects };
}

function apply<Payload>(
  state: DestinationState,
  event: DestinationEvent<Payload>,
  effects: DestinationEffect<Payload>[],
): void {
  switch (event.type) {
    case 'receiveRequested':
      for (const plan of event.transfers) begin(state, plan, effects);
      return;
    case 'chunkArrived': {
      const transfer = current(state, event.chunk.ref);
      if (transfer !== undefined) take(transfer, event.chunk, event.payload, effects);
      return;
    }
    case 'settled':
      for (const ref of event.refs) {
        settleReceipt(state, ref, effects);
        // A receipt that a power cut took is an intent now, whose file stands at its path: nothing of it is wanted either.
        dropRecovered(state, ref, effects);
      }
      return;
    case 'leftBehind':
      for (const ref of event.refs) letGo(state, ref, effects);
      return;
    case 'cancelled':
      for (const ref of event.refs) {
        const transfer = current(state, ref);
        // A publish under way cannot be called back: it ends as a receipt, and the hub hears `finished`.
        if (transfer !== undefined && transfer.phase !== 'publishing') discard(state, transfer.plan, effects);
        letGo(state, ref, effects);
      }
      return;
    case 'finishRequested': {
      const transfer = current(state, event.ref);
      if (transfer === undefined) repeatFinished(state, event.ref, effects);
      else transfer.proof ??= event.proof;
      if (transfer !== undefined) advance(transfer, effects);
      return;
    }
    case 'partialOpened':
    case 'partialReopened':
    case 'heldRecorded':
    case 'intentRecorded':
    case 'chunkWritten':
    case 'chunkRefused':
    case 'partialSynced':
    case 'partialSealed':
    case 'filePublished':
    case 'transferFailed':
    case 'roomLacking': {
      const transfer = current(state, event.ref);
      if (transfer !== undefined) progress(state, transfer, event, effects);
      return;
    }
    default:
      exhaustive(event);
  }
}

/** What the shell reports back about a transfer that is still current. */
function progress<Payload>(
  state: DestinationState,
  transfer: DestinationTransfer,
  event: Extract<DestinationEvent<Payload>, { readonly ref: TransferRef }>,
  effects: DestinationEffect<Payload>[],
): void {
  const ref = refOf(transfer.plan);
  switch (event.type) {
    case 'partialOpened':
      transfer.phase = 'filling';
      effects.push({ type: 'reportReceiving', ref, held: transfer.held.toRanges() });
      break;
    case 'partialReopened':
      for (const index of ChunkSet.fromRanges(transfer.totalChunks, event.held).indices()) transfer.held.add(index);
      transfer.phase = 'filling';
      effects.push({ type: 'reportReceiving', ref, held: event.held });
      break;
    case 'chunkWritten':
      transfer.written.push(event.index);
      break;
    case 'chunkRefused':
      transfer.underWay.delete(event.index);
      effects.push(nackOf(transfer, event.index, event.reason));
      break;
    case 'partialSynced':
    case 'partialSealed':
      record(transfer, effects);
      if (event.type === 'partialSealed') transfer.phase = 'sealed';
      break;
    case 'heldRecorded':
      hold(transfer, event.indices, effects);
      break;
    case 'intentRecorded':
      transfer.phase = 'publishing';
      hold(transfer, transfer.unrecorded, effects);
      effects.push({ type: 'publish', ref });
      break;
    case 'filePublished':
      state.transfers.delete(ref.transfer);
      state.receipts.set(ref.transfer, transfer.plan);
      effects.push({ type: 'reportFinished', ref });
      return;
    case 'transferFailed':
      effects.push({ type: 'reportFailed', ref, failure: event.failure });
      discard(state, transfer.plan, effects);
      return;
    case 'roomLacking':
      leave(state, transfer.plan, event.failure, effects);
      return;
  }
  advance(transfer, effects);
}

function current(state: DestinationState, ref: TransferRef): DestinationTransfer | undefined {
  const transfer = state.transfers.get(ref.transfer);
  return transfer?.plan.attempt === ref.attempt ? transfer : undefined;
}
