import { type AckFrame, type ChunkFrame, chunkExtent, type NackFrame } from '@ferryline/engine';
import type { HubEvent } from './events.ts';
import type { ActiveTransfer } from './hub-state.ts';
import { refOf, setBytesTransferred } from './moving.ts';
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
  if (frame.attempt !== active.attempt || (active.phase !== 'sending' && active.phase !== 'finishing')) return;
  if (!fitsPlan(active, frame)) {
    step.effects.push({
      type: 'closeSession',
      agentId,
      code: 'PROTOCOL',
      reason: `chunk ${frame.chunkIndex} of ${frame.rawLength} bytes is not part of transfer ${frame.transfer}`,
    });
    return;
  }
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
    forward(step, active, event, active.transfer.destinationAgentId);
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

/** An answer that is not awaited is late, or made up: the source has no use for it. */
function passAnswer(step: Step, active: ActiveTransfer, frame: AckFrame | NackFrame, event: FrameReceived): void {
  if (!countAnswered(step, active, frame.chunkIndex)) return;
  if (frame.kind === 'ack' && active.acknowledged.add(frame.chunkIndex)) {
    setBytesTransferred(active, active.bytesTransferred + frame.rawLength);
    touchTransfer(step, active, 'lazy');
  }
  forward(step, active, event, active.transfer.sourceAgentId);
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
