import {
  ChunkSet,
  chunkCount,
  chunkExtent,
  exhaustive,
  type NackReason,
  refOf,
  type TransferRef,
} from '@ferryline/engine';
import type { ArrivedChunk, DestinationEffect, DestinationEvent, ReceivePlan } from './events.ts';
import type { DestinationState, DestinationTransfer } from './state.ts';

/**
 * The deciding part of a destination: which chunks to take, when to sync, what to acknowledge, when to publish. Does no I/O. Owns
 * `state` and changes it in place; the effects are to be carried out in order.
 *
 * Invariants (DESIGN.md promises 1 to 3): a chunk is acknowledged only after the sync that followed its write; `publish` is asked
 * for once in an attempt, after every chunk is durable and the source stated the file's hashes; `finished` is said only
 * after the publish; events of an attempt that is not the current one change nothing.
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
        if (state.receipts.get(ref.transfer) === ref.attempt) state.receipts.delete(ref.transfer);
      }
      return;
    case 'cancelled':
      for (const ref of event.refs) {
        const transfer = current(state, ref);
        // A publish under way cannot be called back: it ends as a receipt, and the hub hears `finished`.
        if (transfer !== undefined && transfer.phase !== 'publishing') discard(state, transfer, effects);
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
    case 'chunkWritten':
    case 'chunkRefused':
    case 'partialSynced':
    case 'partialSealed':
    case 'filePublished':
    case 'transferFailed': {
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
    case 'chunkWritten':
      transfer.written.push(event.index);
      break;
    case 'chunkRefused':
      transfer.underWay.delete(event.index);
      effects.push(nackOf(transfer, event.index, event.reason));
      break;
    case 'partialSynced':
    case 'partialSealed':
      hold(transfer, effects);
      if (event.type === 'partialSealed') transfer.phase = 'sealed';
      break;
    case 'filePublished':
      state.transfers.delete(ref.transfer);
      state.receipts.set(ref.transfer, ref.attempt);
      effects.push({ type: 'reportFinished', ref });
      return;
    case 'transferFailed':
      effects.push({ type: 'reportFailed', ref, failure: event.failure });
      discard(state, transfer, effects);
      return;
  }
  advance(transfer, effects);
}

function begin<Payload>(state: DestinationState, plan: ReceivePlan, effects: DestinationEffect<Payload>[]): void {
  if (state.receipts.get(plan.transfer) === plan.attempt) {
    repeatFinished(state, plan, effects);
    return;
  }
  const known = state.transfers.get(plan.transfer);
  if (known !== undefined && known.plan.attempt > plan.attempt) return;
  if (known?.plan.attempt === plan.attempt) {
    // Asked again after a reconnect: what is durable counts, nothing else. While it opens, the answer comes by itself.
    if (known.phase !== 'opening') {
      effects.push({ type: 'reportReceiving', ref: refOf(known.plan), held: known.held.toRanges() });
    }
    return;
  }
  if (known !== undefined) discard(state, known, effects);
  const totalChunks = chunkCount(plan.size, plan.chunkSize);
  state.transfers.set(plan.transfer, {
    plan,
    totalChunks,
    phase: 'opening',
    held: new ChunkSet(totalChunks),
    underWay: new Set(),
    written: [],
    syncing: undefined,
    proof: undefined,
  });
  effects.push({ type: 'openPartial', plan, totalChunks });
}

function take<Payload>(
  transfer: DestinationTransfer,
  chunk: ArrivedChunk,
  payload: Payload,
  effects: DestinationEffect<Payload>[],
): void {
  const ref = refOf(transfer.plan);
  if (chunk.index >= transfer.totalChunks) return;
  const { offset, length } = chunkExtent(transfer.plan.size, transfer.plan.chunkSize, chunk.index);
  if (transfer.held.has(chunk.index)) {
    effects.push({ type: 'ackChunks', ref, indices: [chunk.index] });
    return;
  }
  if (chunk.rawLength !== length) {
    effects.push(nackOf(transfer, chunk.index, 'undecodable'));
    return;
  }
  if (transfer.phase !== 'filling' || transfer.underWay.has(chunk.index)) return;
  transfer.underWay.add(chunk.index);
  effects.push({ type: 'writeChunk', ref, index: chunk.index, offset, payload });
}

/** Starts the next durable step when one is due: a sync of what was written, the seal of a full file, the publish. */
function advance<Payload>(transfer: DestinationTransfer, effects: DestinationEffect<Payload>[]): void {
  const ref = refOf(transfer.plan);
  if (transfer.phase === 'filling' && transfer.syncing === undefined) {
    const isFull = transfer.held.count + transfer.written.length === transfer.totalChunks;
    if (isFull || transfer.written.length > 0) {
      transfer.syncing = transfer.written;
      transfer.written = [];
      if (isFull) transfer.phase = 'sealing';
      effects.push({ type: isFull ? 'sealPartial' : 'syncPartial', ref });
    }
  }
  if (transfer.phase === 'sealed' && transfer.proof !== undefined) {
    transfer.phase = 'publishing';
    effects.push({ type: 'publish', ref, proof: transfer.proof });
  }
}

function hold<Payload>(transfer: DestinationTransfer, effects: DestinationEffect<Payload>[]): void {
  const indices = transfer.syncing ?? [];
  transfer.syncing = undefined;
  for (const index of indices) {
    transfer.held.add(index);
    transfer.underWay.delete(index);
  }
  if (indices.length > 0) effects.push({ type: 'ackChunks', ref: refOf(transfer.plan), indices });
}

function nackOf(
  transfer: DestinationTransfer,
  index: number,
  reason: NackReason,
): Extract<DestinationEffect<never>, { type: 'nackChunk' }> {
  const { length } = chunkExtent(transfer.plan.size, transfer.plan.chunkSize, index);
  return { type: 'nackChunk', ref: refOf(transfer.plan), index, rawLength: length, reason };
}

function repeatFinished<Payload>(
  state: DestinationState,
  ref: TransferRef,
  effects: DestinationEffect<Payload>[],
): void {
  if (state.receipts.get(ref.transfer) !== ref.attempt) return;
  effects.push({ type: 'reportFinished', ref: refOf(ref) });
}

function discard<Payload>(
  state: DestinationState,
  transfer: DestinationTransfer,
  effects: DestinationEffect<Payload>[],
): void {
  state.transfers.delete(transfer.plan.transfer);
  effects.push({ type: 'discardPartial', ref: refOf(transfer.plan) });
}

function current(state: DestinationState, ref: TransferRef): DestinationTransfer | undefined {
  const transfer = state.transfers.get(ref.transfer);
  return transfer?.plan.attempt === ref.attempt ? transfer : undefined;
}
