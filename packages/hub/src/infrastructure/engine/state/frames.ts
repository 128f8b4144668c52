import { type AckFrame, type ChunkFrame, chunkExtent, type Frame, type NackFrame } from '@ferryline/engine';
import { onDelivered } from './delivering.ts';
import { goOnBehind } from './driving.ts';
import type { HubEvent } from './events.ts';
import type { ActiveTransfer } from './hub-state.ts';
import { isSentToDisk, onFailed, refOf, setBytesTransferred } from './moving.ts';
import { tellInPieces } from './settling.ts';
import { goesToDisk } from './spilling.ts';
import { noteSign } from './stalls.ts';
import type { Step } from './step.ts';
import { touchTransfer } from './step.ts';
import { countAnswered, countUnanswered } from './windows.ts';

type FrameReceived = Extract<HubEvent, { type: 'frameReceived' }>;

/**
 * Frames on their way through the hub. An agent may only play its own part: chunks from the transfer's source, acknowledgements
 * from its destination; anything else ends the session. Frames of unknown transfers or older attempts are late, and dropped.
 */
export function onFrame(step: Step, event: FrameReceived): void {
  const { agentId, frame } = event;
  const active = step.state.transfers.get(frame.transfer);
  if (active === undefined) return;
  const { transfer } = active;
  const sender = frame.kind === 'chunk' ? transfer.sourceAgentId : transfer.destinationAgentId;
  if (sender !== agentId) {
    step.effects.push({
      type: 'closeSession',
      agentId,
      code: 'PROTOCOL',
      reason: `a ${frame.kind} of a transfer that is not yours to send`,
    });
    return;
  }
  if (frame.attempt !== active.attempt || !hears(active, frame)) return;
  if (!fitsPlan(active, frame)) {
    step.effects.push({
      type: 'closeSession',
      agentId,
      code: 'PROTOCOL',
      reason: `chunk ${frame.chunkIndex} of ${frame.rawLength} bytes is not part of transfer ${frame.transfer}`,
    });
    return;
  }
  noteSign(step, active.run, agentId);
  if (frame.kind === 'chunk') passChunk(step, active, frame, event);
  else passAnswer(step, active, frame, event);
}

function passChunk(step: Step, active: ActiveTransfer, frame: ChunkFrame, event: FrameReceived): void {
  const costBytes = Math.max(frame.rawLength, event.bytes.length);
  if (event.intact && !countUnanswered(step, active, frame.chunkIndex, costBytes)) {
    step.effects.push({
      type: 'closeSession',
      agentId: event.agentId,
      code: 'RATE_LIMITED',
      reason: `chunk ${frame.chunkIndex} of transfer ${frame.transfer} is beyond the window: too much is not acknowledged`,
    });
    return;
  }
  active.wireBytes += event.bytes.length;
  active.run.counters = { ...active.run.counters, wireBytes: active.run.counters.wireBytes + event.bytes.length };
  touchTransfer(step, active, 'lazy');
  if (event.intact) {
    if (goesToDisk(step, active, event.bytes.length)) {
      step.effects.push({ type: 'storeFrame', frame, bytes: event.bytes });
    } else {
      forward(step, active, event, active.transfer.destinationAgentId);
    }
    return;
  }
  const { transfer, attempt, chunkIndex, rawLength } = frame;
  const { sourceAgentId: agentId } = active.transfer;
  step.effects.push({
    type: 'nackFrame',
    agentId,
    transfer,
    attempt,
    chunkIndex,
    rawLength,
    reason: 'damagedOnTheWay',
  });
}

/**
 * An answer that is not awaited is late, or made up: the source has no use for it. Neither has it for that of a chunk from the relay's
 * disk, for which it had its answer; unless the same chunk came from both, and the destination answers once that it holds it.
 */
function passAnswer(step: Step, active: ActiveTransfer, frame: AckFrame | NackFrame, event: FrameReceived): void {
  const delivery = onDelivered(step, active, frame);
  const mayBeForSource = delivery === undefined || frame.kind === 'ack';
  const isForSource = mayBeForSource && countAnswered(step, active, frame.chunkIndex);
  if (delivery === undefined && !isForSource) return;
  if (delivery === 'refused') {
    giveUpStored(step, active);
    return;
  }
  if (frame.kind === 'ack') countAcknowledged(step, active, frame);
  if (isForSource) forward(step, active, event, active.transfer.sourceAgentId);
}

function countAcknowledged(step: Step, active: ActiveTransfer, { chunkIndex, rawLength }: AckFrame): void {
  const route = step.state.routes.get(active.transfer.runId);
  if (route !== undefined) route.answeredBytes += rawLength;
  if (!active.acknowledged.add(chunkIndex)) return;
  goOnBehind(step, active);
  setBytesTransferred(active, active.bytesTransferred + rawLength);
  touchTransfer(step, active, 'lazy');
}

/** The relay's disk holds, whole and as it came, what is not the chunk that the source stated: this attempt leads to nothing. */
function giveUpStored(step: Step, active: ActiveTransfer): void {
  const { filename, sourceAgentId, destinationAgentId } = active.transfer;
  const ref = refOf(active);
  const message = `What the hub stored of ${filename} was refused by its destination. Check the memory of the source's machine.`;
  onFailed(step, active, { code: 'CHUNK_CORRUPT', message }, true);
  for (const agentId of new Set([sourceAgentId, destinationAgentId])) tellInPieces(step, agentId, 'cancel', [ref]);
}

/** Whether a transfer has a use for frames of this kind now. */
function hears(active: ActiveTransfer, frame: Frame): boolean {
  const { phase } = active;
  return phase === 'sending' || phase === 'finishing' || (frame.kind === 'chunk' && isSentToDisk(active));
}

function forward(step: Step, active: ActiveTransfer, { agentId: from, bytes }: FrameReceived, agentId: number): void {
  step.effects.push({ type: 'forwardFrame', agentId, from, ref: refOf(active), bytes });
}

/** Whether index and raw length are what the transfer's size and chunk size say: geometry has one source of truth. */
function fitsPlan(active: ActiveTransfer, frame: ChunkFrame | AckFrame | NackFrame): boolean {
  const { sizeBytes, chunkSizeBytes, totalChunks } = active.transfer;
  if (frame.chunkIndex >= totalChunks) return false;
  return frame.rawLength === chunkExtent(sizeBytes, chunkSizeBytes, frame.chunkIndex).length;
}
