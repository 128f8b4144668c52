import {
  type ChunkFrame,
  chunkExtent,
  FRAME_HEADER_BYTES,
  type HubMessage,
  MAX_ITEMS_PER_MESSAGE,
  type TransferRef,
} from '@ferryline/engine';
import { deliver, deliverChunk } from './delivering.ts';
import type { HubEvent } from './events.ts';
import type { ActiveRun, ActiveTransfer } from './hub-state.ts';
import {
  backToSending,
  enter,
  isSentToDisk,
  isStoredWhole,
  park,
  refOf,
  sendItem,
  stopSource,
  waitForSource,
} from './moving.ts';
import { tellInPieces } from './settling.ts';
import type { Step } from './step.ts';
import { touchTransfer } from './step.ts';
import { noteUnseen } from './unseen-chunks.ts';
import { countAnswered, countDelivered, enterRoute } from './windows.ts';

/**
 * While a destination is away, its sources send to the relay's disk, and may go when all is there (DESIGN.md section 5). A chunk is
 * acknowledged to its source when the disk holds it and the database says so, and not before (FAULTS.md A2).
 */

/** What could not be stored because the disk failed is tried again after this long. */
const STORE_AGAIN_MS = 30_000;

/** Begins to store transfers of one run; what has no room on the disk stays where it is. Returns those it began. */
export function store(step: Step, run: ActiveRun, transfers: readonly ActiveTransfer[]): void {
  for (const active of transfers) {
    enter(step, active, 'storing');
    enterRoute(step, active);
    active.usesDisk = true;
    const bytes = bytesToStore(active);
    step.storeRoomBytes -= bytes;
    step.effects.push({ type: 'reserveRoom', ref: refOf(active), bytes });
  }
  askSource(step, run, transfers);
}

/** What of a transfer is still to be stored, with a header for each chunk; compression makes it less. */
export function bytesToStore({ transfer, stored }: Pick<ActiveTransfer, 'transfer' | 'stored'>): number {
  let bytes = 0;
  for (const index of stored.missing()) {
    bytes += FRAME_HEADER_BYTES + chunkExtent(transfer.sizeBytes, transfer.chunkSizeBytes, index).length;
  }
  return bytes;
}

/** Asks the source of a run for all that is missing of these transfers. */
export function askSource(step: Step, { run }: ActiveRun, transfers: readonly ActiveTransfer[]): void {
  const { windowBytes } = step.state;
  for (let from = 0; from < transfers.length; from += MAX_ITEMS_PER_MESSAGE) {
    const items = transfers.slice(from, from + MAX_ITEMS_PER_MESSAGE).map(sendItem);
    const message: HubMessage = { type: 'send', route: run.id, windowBytes, transfers: items };
    step.effects.push({ type: 'sendMessage', agentId: run.source.agentId, message });
  }
}

/** A chunk is on the disk: its source hears of it, and its destination gets it, when it is there. */
export function onChunkStored(step: Step, frame: ChunkFrame): ActiveTransfer | undefined {
  const active = current(step, frame);
  if (active === undefined) {
    // It was on its way to the disk when its transfer ended, or was parked: which of the two, the database knows.
    noteUnseen(step.state, frame, frame.chunkIndex);
    sweepStored(step);
    return undefined;
  }
  const { chunkIndex } = frame;
  active.usesDisk = true;
  const isNew = active.stored.add(chunkIndex);
  touchTransfer(step, active, 'lazy');
  if (countAnswered(step, active, chunkIndex) && step.state.online.has(active.transfer.sourceAgentId)) {
    step.effects.push({ type: 'ackFrame', agentId: active.transfer.sourceAgentId, frame });
  }
  if (isNew && isMoving(active) && !active.acknowledged.has(chunkIndex)) deliverChunk(step, active, chunkIndex);
  return active;
}

/** The disk is full or failed: what was stored stays, and the rest is tried again later; one that moves goes on without the disk. */
export function onChunkNotStored(
  step: Step,
  { frame, bytes, isContradiction }: Extract<HubEvent, { type: 'chunkNotStored' }>,
): void {
  const active = current(step, frame);
  if (active === undefined) return;
  if (isContradiction) {
    const { sourceAgentId: agentId } = active.transfer;
    const reason = `chunk ${frame.chunkIndex} of transfer ${frame.transfer} is not the one that was sent before`;
    step.effects.push({ type: 'closeSession', agentId, code: 'PROTOCOL', reason });
    return;
  }
  if (isMoving(active)) {
    const { sourceAgentId: from, destinationAgentId: agentId } = active.transfer;
    step.effects.push({ type: 'forwardFrame', agentId, from, ref: refOf(active), bytes });
    return;
  }
  if (!isSentToDisk(active)) return;
  if (active.phase === 'offered') {
    // Its destination is back and gets it without the disk, as soon as it is ready.
    stopSource(step, active);
    return;
  }
  active.run.storesAgainAtMs = step.nowMs + STORE_AGAIN_MS;
  tellInPieces(step, active.transfer.sourceAgentId, 'cancel', [refOf(active)]);
  park(step, active);
}

/** What the disk held of a chunk is gone or damaged: its source is asked once more, now or when it is back. */
export function onStoredChunkLost(step: Step, ref: TransferRef, index: number): void {
  const active = current(step, ref);
  if (active === undefined || !active.stored.delete(index)) return;
  touchTransfer(step, active, 'lazy');
  active.toDeliver = active.toDeliver.filter((each) => each !== index);
  if (countDelivered(step, active, index)) deliver(step, active.run);
  if (active.phase === 'offered' && active.isOnRoute) stopSource(step, active);
  if (active.acknowledged.has(index) || !(isMoving(active) || active.phase === 'storing')) return;
  if (!step.state.online.has(active.transfer.sourceAgentId)) {
    waitForSource(step, active);
    return;
  }
  backToSending(step, active);
  askSource(step, active.run, [active]);
}

/** A transfer of which the disk holds everything needs nobody any more until its destination is back: its source may forget it. */
export function restIfStored(step: Step, active: ActiveTransfer): boolean {
  if (active.phase !== 'storing' || !isStoredWhole(active)) return false;
  tellInPieces(step, active.transfer.sourceAgentId, 'cancel', [refOf(active)]);
  park(step, active);
  return true;
}

/** Something was cancelled, whether it is in memory or not. */
export function sweepStored(step: Step): void {
  if (step.state.relayDiskBytes > 0) step.effects.push({ type: 'sweepStored' });
}

function isMoving({ phase }: ActiveTransfer): boolean {
  return phase === 'sending' || phase === 'finishing';
}

/** One that has ended is in memory until that is recorded, and nothing changes about it any more. */
function current(step: Step, { transfer, attempt }: TransferRef): ActiveTransfer | undefined {
  const active = step.state.transfers.get(transfer);
  return active?.attempt === attempt && active.phase !== 'recording' ? active : undefined;
}
