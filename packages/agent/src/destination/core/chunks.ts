import { chunkExtent, type NackReason, refOf } from '@ferryline/engine';
import type { ArrivedChunk, DestinationEffect } from './events.ts';
import type { DestinationTransfer } from './state.ts';

/** A chunk's way at a destination: written, synced, recorded, acknowledged; and what follows the last of them. */

/** Takes a chunk that is wanted; answers for one that is held, or cannot be of this file. */
export function take<Payload>(
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
export function advance<Payload>(transfer: DestinationTransfer, effects: DestinationEffect<Payload>[]): void {
  const ref = refOf(transfer.plan);
  if (transfer.phase === 'filling' && transfer.syncing === undefined) {
    const isFull = transfer.held.count + transfer.recording + transfer.written.length === transfer.totalChunks;
    if (isFull || transfer.written.length > 0) {
      transfer.syncing = transfer.written;
      transfer.written = [];
      if (isFull) transfer.phase = 'sealing';
      effects.push({ type: isFull ? 'sealPartial' : 'syncPartial', ref });
    }
  }
  if (transfer.phase === 'sealed' && transfer.proof !== undefined) {
    transfer.phase = 'intending';
    effects.push({ type: 'recordIntent', ref, proof: transfer.proof, indices: transfer.unrecorded });
  }
}

/**
 * What was synced survives a crash; that it does has to survive one as well before anybody is told. A file that came whole in one sync,
 * and its proof with it, as small ones do, is recorded with the intent to publish it: one record costs less than two.
 */
export function record<Payload>(transfer: DestinationTransfer, effects: DestinationEffect<Payload>[]): void {
  const indices = transfer.syncing ?? [];
  transfer.syncing = undefined;
  transfer.recording += indices.length;
  if (indices.length === transfer.totalChunks && transfer.proof !== undefined) transfer.unrecorded = indices;
  else if (indices.length > 0) effects.push({ type: 'recordHeld', ref: refOf(transfer.plan), indices });
}

export function hold<Payload>(
  transfer: DestinationTransfer,
  indices: readonly number[],
  effects: DestinationEffect<Payload>[],
): void {
  transfer.recording -= indices.length;
  for (const index of indices) {
    transfer.held.add(index);
    transfer.underWay.delete(index);
  }
  if (indices.length > 0) effects.push({ type: 'ackChunks', ref: refOf(transfer.plan), indices });
}

export function nackOf(
  transfer: DestinationTransfer,
  index: number,
  reason: NackReason,
): Extract<DestinationEffect<never>, { type: 'nackChunk' }> {
  const { length } = chunkExtent(transfer.plan.size, transfer.plan.chunkSize, index);
  return { type: 'nackChunk', ref: refOf(transfer.plan), index, rawLength: length, reason };
}
