import { type AckFrame, chunkExtent, type NackFrame, type TransferRef } from '@ferryline/engine';
import type { ActiveRun, ActiveTransfer } from './hub-state.ts';
import type { Step } from './step.ts';
import { countDelivered, countDelivering, endDelivering } from './windows.ts';

/** What the relay's disk holds goes on to its destination as that takes it, within a window of its own. */

/** Everything of a transfer that the relay's disk holds, and its destination does not, is to be handed on. */
export function deliverAll(step: Step, active: ActiveTransfer): void {
  const { stored, acknowledged } = active;
  active.toDeliver = [...stored.indices()].filter((index) => !acknowledged.has(index));
  if (active.toDeliver.length === 0) return;
  active.run.deliveries.add(active);
  deliver(step, active.run);
}

/** One more chunk is to be handed on from the relay's disk. */
export function deliverChunk(step: Step, active: ActiveTransfer, index: number): void {
  active.toDeliver.push(index);
  active.run.deliveries.add(active);
  deliver(step, active.run);
}

/** Reads the next chunks of a run, as far as its window has room for them. */
export function deliver(step: Step, run: ActiveRun): void {
  for (const active of run.deliveries) {
    for (;;) {
      const [index] = active.toDeliver;
      if (index === undefined) break;
      const { sizeBytes, chunkSizeBytes } = active.transfer;
      const { length } = chunkExtent(sizeBytes, chunkSizeBytes, index);
      if (!countDelivering(step, active, index, length)) return;
      active.toDeliver.shift();
      step.effects.push({ type: 'readStored', ref: { transfer: active.transfer.id, attempt: active.attempt }, index });
    }
    run.deliveries.delete(active);
  }
  const route = step.state.routes.get(run.run.id);
  if (route !== undefined) endDelivering(step, route);
}

/** A chunk was read: it goes to the destination, if that still waits for it. */
export function onStoredChunkRead(step: Step, ref: TransferRef, index: number, bytes: Buffer): void {
  const active = step.state.transfers.get(ref.transfer);
  if (active === undefined || active.attempt !== ref.attempt || active.delivering.copiesOf(index) === 0) return;
  const { destinationAgentId: agentId } = active.transfer;
  // From nobody who could go away and send it again.
  step.effects.push({ type: 'forwardFrame', agentId, from: agentId, ref, bytes });
}

/**
 * The destination answered a chunk from the relay's disk.
 *
 * @returns whether it was one; `refused` when what the disk holds is not what the source meant
 */
export function onDelivered(
  step: Step,
  active: ActiveTransfer,
  frame: AckFrame | NackFrame,
): 'taken' | 'refused' | undefined {
  if (!countDelivered(step, active, frame.chunkIndex)) return undefined;
  if (frame.kind === 'nack') {
    active.refusals += 1;
    if (frame.reason !== 'damagedOnTheWay' || active.refusals > MAX_REFUSALS) return 'refused';
    deliverChunk(step, active, frame.chunkIndex);
    return 'taken';
  }
  deliver(step, active.run);
  return 'taken';
}

/** Damaged so often on the way from the hub to the destination, an attempt is given up (as a source gives it up). */
const MAX_REFUSALS = 8;
