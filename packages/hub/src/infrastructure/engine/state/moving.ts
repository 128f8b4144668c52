import {
  type AgentMessage,
  ChunkSet,
  chunkExtent,
  type Failure,
  type HubMessage,
  type TransferRef,
} from '@ferryline/engine';
import type { ErrorCode } from '../../../domain/common/errors.ts';
import { move } from '../../../domain/common/lifecycle.ts';
import { type TransferState, transferMoves } from '../../../domain/transfer/lifecycle.ts';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import type { ActiveRun, ActiveTransfer } from './hub-state.ts';
import { keep } from './kept.ts';
import { retryDelayMs } from './retry.ts';
import { toRootPath } from './root-path.ts';
import type { Step } from './step.ts';
import { touchTransfer } from './step.ts';
import { UnansweredChunks } from './unanswered-chunks.ts';
import { enterRoute, leaveRoute } from './windows.ts';

/** The way of one transfer at the hub: offered, sending, finishing, and its end. */

type Plural<Type extends HubMessage['type']> =
  Extract<HubMessage, { type: Type }> extends { transfers: (infer Item)[] } ? Item : never;

/** Takes loaded transfers from the backlog and makes them active; returns what is to be said to the destination. */
export function activate(step: Step, run: ActiveRun, transfer: Transfer): Plural<'receive'> {
  // What the database calls running or verifying was so before the hub or an agent went away: it is suspended in truth.
  const wasUnderWay = transfer.state === 'running' || transfer.state === 'verifying';
  const active: ActiveTransfer = {
    transfer,
    run,
    phase: 'offered',
    state: wasUnderWay ? 'suspended' : transfer.state,
    attempt: transfer.attempt,
    retryCount: transfer.retryCount,
    retryAtMs: 0,
    acknowledged: new ChunkSet(transfer.totalChunks),
    unanswered: new UnansweredChunks(),
    bytesTransferred: transfer.bytesTransferred,
    wireBytes: transfer.wireBytes,
    fileHash: undefined,
    error: undefined,
    startedAt: transfer.startedAt,
    endedAt: undefined,
  };
  run.open.set(transfer.id, active);
  run.openBytes += openBytesOf(transfer);
  step.state.transfers.set(transfer.id, active);
  step.state.kept.delete(transfer.id);
  return offer(step, active);
}

/** Offers a transfer, new or rested, to its destination. */
export function offer(step: Step, active: ActiveTransfer): Plural<'receive'> {
  active.phase = 'offered';
  active.startedAt ??= new Date(step.nowMs);
  become(step, active, 'running');
  const { transfer } = active;
  return {
    transfer: transfer.id,
    attempt: active.attempt,
    path: toRootPath(transfer.destination),
    size: transfer.sizeBytes,
    chunkSize: transfer.chunkSizeBytes,
    mode: transfer.mode,
    mtimeNs: transfer.mtimeNs,
    existing: active.run.run.options.existing,
  };
}

/** The destination is ready and says what it holds; returns what is to be said to the source. */
export function onReceiving(
  step: Step,
  active: ActiveTransfer,
  item: Extract<AgentMessage, { type: 'receiving' }>['transfers'][number],
): Plural<'send'> | undefined {
  if (active.phase !== 'offered') return undefined;
  const { transfer } = active;
  active.acknowledged = ChunkSet.fromRanges(transfer.totalChunks, item.held);
  let heldBytes = 0;
  for (const [first, count] of item.held) {
    for (let index = first; index < first + count; index += 1) {
      heldBytes += chunkExtent(transfer.sizeBytes, transfer.chunkSizeBytes, index).length;
    }
  }
  setBytesTransferred(active, heldBytes);
  active.phase = 'sending';
  enterRoute(step, active);
  touchTransfer(step, active, 'lazy');
  return {
    transfer: transfer.id,
    attempt: active.attempt,
    path: toRootPath(transfer.source),
    identity: transfer.identity,
    chunkSize: transfer.chunkSizeBytes,
    compression: transfer.compression,
    held: item.held,
  };
}

/** The source has read the whole file; returns what is to be said to the destination. */
export function onSent(
  step: Step,
  active: ActiveTransfer,
  item: Extract<AgentMessage, { type: 'sent' }>['transfers'][number],
): Plural<'finish'> | undefined {
  if (active.phase !== 'sending') return undefined;
  active.phase = 'finishing';
  active.fileHash = item.fileHash;
  become(step, active, 'verifying');
  const { transfer, attempt, fileHash, chunkListHash } = item;
  return { transfer, attempt, fileHash, chunkListHash };
}

/**
 * The destination says that the file stands at its path. It may say so of a transfer only just offered: then it published it
 * before the hub, or the connection, went away (FAULTS.md P7).
 */
export function onFinished(step: Step, active: ActiveTransfer): void {
  if (active.phase !== 'finishing' && active.phase !== 'offered') return;
  setBytesTransferred(active, active.transfer.sizeBytes);
  for (let index = 0; index < active.transfer.totalChunks; index += 1) active.acknowledged.add(index);
  active.run.counters = { ...active.run.counters, filesMoved: active.run.counters.filesMoved + 1 };
  end(step, active, 'completed');
}

/** An end cannot go on: the transfer rests and starts over, or fails. */
export function onFailed(step: Step, active: ActiveTransfer, failure: Failure, retryable: boolean): void {
  if (active.phase === 'recording' || active.phase === 'resting') return;
  setBytesTransferred(active, 0);
  if (retryable && active.retryCount < active.transfer.maxRetries) {
    leaveSending(step, active);
    active.phase = 'resting';
    active.run.restingTransfers += 1;
    active.attempt += 1;
    active.retryCount += 1;
    active.retryAtMs = step.nowMs + retryDelayMs(active.retryCount);
    active.acknowledged = new ChunkSet(active.transfer.totalChunks);
    active.fileHash = undefined;
    become(step, active, 'suspended');
    return;
  }
  active.error = { code: failure.code as ErrorCode, message: failure.message };
  active.run.counters = { ...active.run.counters, filesFailed: active.run.counters.filesFailed + 1 };
  active.run.error ??= active.error;
  end(step, active, 'failed');
}

/** A party went away: the transfer leaves memory as suspended, to be loaded again when both are back. */
export function park(step: Step, active: ActiveTransfer): void {
  leaveSending(step, active);
  if (active.state !== 'suspended') become(step, active, 'suspended');
  remove(active);
  step.state.transfers.delete(active.transfer.id);
  keep(step.state, active.transfer, active.attempt);
}

/** The run was cancelled: nothing of the transfer is recorded any more, the database has it. */
export function drop(step: Step, active: ActiveTransfer): void {
  leaveSending(step, active);
  remove(active);
  step.state.transfers.delete(active.transfer.id);
  step.state.changedTransfers.delete(active);
}

/**
 * The transfer had been published, and was cancelled before the database knew: that keeps to what it heard first. Whoever would hear
 * `settled` hears `cancel` instead.
 */
export function cancelEnded(active: ActiveTransfer): void {
  // Not a move of the lifecycle: in the database it never was completed.
  active.state = 'cancelled';
}

export function refOf(active: ActiveTransfer): TransferRef {
  return { transfer: active.transfer.id, attempt: active.attempt };
}

/** Adds to, or takes back from, what the transfer and its run have moved. */
export function setBytesTransferred(active: ActiveTransfer, bytes: number): void {
  const { counters } = active.run;
  active.run.counters = { ...counters, bytesMoved: counters.bytesMoved + bytes - active.bytesTransferred };
  active.bytesTransferred = bytes;
}

function become(step: Step, active: ActiveTransfer, state: TransferState): void {
  active.state = move(`Transfer ${active.transfer.id}`, transferMoves, active.state, state);
  touchTransfer(step, active, 'urgent');
}

function end(step: Step, active: ActiveTransfer, state: 'completed' | 'failed'): void {
  leaveSending(step, active);
  active.phase = 'recording';
  active.endedAt = new Date(step.nowMs);
  become(step, active, state);
  remove(active);
  active.run.recordingTransfers += 1;
}

function leaveSending(step: Step, active: ActiveTransfer): void {
  if (active.phase === 'sending' || active.phase === 'finishing') leaveRoute(step, active);
}

function remove(active: ActiveTransfer): void {
  if (active.run.open.delete(active.transfer.id)) active.run.openBytes -= openBytesOf(active.transfer);
}

/** What a transfer counts for among the open ones: at most 32 MiB, so that one huge file leaves room for small ones beside it. */
function openBytesOf(transfer: Transfer): number {
  return Math.min(transfer.sizeBytes, 32 * 1024 * 1024);
}
