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
import { deliver, deliverAll } from './delivering.ts';
import type { ActiveRun, ActiveTransfer, LoadedTransfer } from './hub-state.ts';
import { keep } from './kept.ts';
import { retryDelayMs } from './retry.ts';
import { noteLack } from './room.ts';
import { toRootPath } from './root-path.ts';
import { tellInPieces } from './settling.ts';
import type { Step } from './step.ts';
import { touchTransfer } from './step.ts';
import { UnansweredChunks } from './unanswered-chunks.ts';
import { enterRoute, leaveRoute } from './windows.ts';

/** The way of one transfer at the hub: offered, sending, finishing, and its end. */

type Plural<Type extends HubMessage['type']> =
  Extract<HubMessage, { type: Type }> extends { transfers: (infer Item)[] } ? Item : never;

/** Makes a loaded transfer active: from here on it is in memory, until it ends or a party goes away. */
export function activate(step: Step, run: ActiveRun, { transfer, stored }: LoadedTransfer): ActiveTransfer {
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
    hasUnrecordedPlan: false,
    acknowledged: new ChunkSet(transfer.totalChunks),
    stored: ChunkSet.fromRanges(transfer.totalChunks, stored),
    usesDisk: stored.length > 0,
    isOnRoute: false,
    unanswered: new UnansweredChunks(),
    toDeliver: [],
    delivering: new UnansweredChunks(),
    refusals: 0,
    bytesTransferred: transfer.bytesTransferred,
    wireBytes: transfer.wireBytes,
    fileHash: transfer.fileHash,
    chunkListHash: transfer.chunkListHash,
    error: undefined,
    startedAt: transfer.startedAt,
    endedAt: undefined,
  };
  run.open.set(transfer.id, active);
  run.openBytes += openBytesOf(transfer);
  step.state.transfers.set(transfer.id, active);
  step.state.kept.delete(transfer.id);
  return active;
}

/** Offers a transfer, new, rested or waiting, to its destination. */
export function offer(step: Step, active: ActiveTransfer): Plural<'receive'> {
  active.error = undefined;
  enter(step, active, 'offered');
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

/** Whatever is waited for first: the destination's answer, or what the source sends to the relay's disk. */
export function enter(step: Step, active: ActiveTransfer, phase: 'offered' | 'storing'): void {
  active.phase = phase;
  active.startedAt ??= new Date(step.nowMs);
  // One that was stored until now, because its destination was away, is under way already.
  if (active.state !== 'running') become(step, active, 'running');
}

/** The destination is ready and says what it holds; returns what is to be said next, and to whom. */
export function onReceiving(
  step: Step,
  active: ActiveTransfer,
  item: Extract<AgentMessage, { type: 'receiving' }>['transfers'][number],
): { readonly send: Plural<'send'> } | { readonly finish: Plural<'finish'> } | undefined {
  if (active.phase !== 'offered') return undefined;
  const { transfer } = active;
  active.acknowledged = ChunkSet.fromRanges(transfer.totalChunks, item.held);
  let heldBytes = 0;
  for (const index of active.acknowledged.indices()) {
    heldBytes += chunkExtent(transfer.sizeBytes, transfer.chunkSizeBytes, index).length;
  }
  setBytesTransferred(active, heldBytes);
  // Its source sends already, all that the relay's disk does not hold: it need not hear of this, unless the destination holds more.
  if (active.isOnRoute && active.acknowledged.union(active.stored).count > active.stored.count)
    stopSource(step, active);
  const isBeingSent = active.isOnRoute;
  if (isBeingSent) step.effects.push({ type: 'reserveRoom', ref: refOf(active), bytes: 0 });
  const proof = proofOf(active);
  const needsSource = !isBeingSent && (proof === undefined || !hasAllBytes(active));
  if (needsSource && !step.state.online.has(transfer.sourceAgentId)) {
    waitForSource(step, active);
    return undefined;
  }
  active.phase = 'sending';
  enterRoute(step, active);
  touchTransfer(step, active, 'lazy');
  deliverAll(step, active);
  if (needsSource) return { send: sendItem(active) };
  if (proof === undefined) return undefined;
  active.phase = 'finishing';
  become(step, active, 'verifying');
  return { finish: { ...refOf(active), ...proof } };
}

/** The source sends no more of this attempt until it is asked again. */
export function stopSource(step: Step, active: ActiveTransfer): void {
  tellInPieces(step, active.transfer.sourceAgentId, 'cancel', [refOf(active)]);
  leaveSending(step, active);
  forgetStatement(active);
}

/** What a source is asked to send of a transfer: all that neither its destination nor the relay's disk holds. */
export function sendItem(active: ActiveTransfer): Plural<'send'> {
  const { transfer, acknowledged, stored } = active;
  return {
    ...refOf(active),
    path: toRootPath(transfer.source),
    identity: transfer.identity,
    chunkSize: transfer.chunkSizeBytes,
    compression: transfer.compression,
    held: acknowledged.union(stored).toRanges(),
  };
}

/** Whether the destination or the relay's disk holds every chunk. */
function hasAllBytes({ acknowledged, stored }: ActiveTransfer): boolean {
  return acknowledged.union(stored).isComplete;
}

/** What the destination needs to know of the whole; undefined when its source has not stated it. */
function proofOf({
  fileHash,
  chunkListHash,
}: ActiveTransfer): Pick<Plural<'finish'>, 'fileHash' | 'chunkListHash'> | undefined {
  return fileHash === undefined || chunkListHash === undefined ? undefined : { fileHash, chunkListHash };
}

/** Whether the transfer needs nothing of its source any more: the relay's disk holds it whole. */
export function isStoredWhole(active: ActiveTransfer): boolean {
  return active.stored.isComplete && proofOf(active) !== undefined;
}

/** The source has read the whole file; returns what is to be said to the destination. */
export function onSent(
  step: Step,
  active: ActiveTransfer,
  item: Extract<AgentMessage, { type: 'sent' }>['transfers'][number],
): Plural<'finish'> | undefined {
  if (active.phase !== 'sending' && !isSentToDisk(active)) return undefined;
  const { fileHash, chunkListHash } = item;
  active.fileHash = fileHash;
  active.chunkListHash = chunkListHash;
  if (active.phase !== 'sending') {
    touchTransfer(step, active, 'urgent');
    return undefined;
  }
  active.phase = 'finishing';
  become(step, active, 'verifying');
  return { ...refOf(active), fileHash, chunkListHash };
}

/** The source is asked once more, because the relay's disk lost what it held. */
export function backToSending(step: Step, active: ActiveTransfer): void {
  if (active.phase !== 'finishing') return;
  active.phase = 'sending';
  become(step, active, 'suspended');
  become(step, active, 'running');
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
  if (active.phase === 'recording') return;
  setBytesTransferred(active, 0);
  if (retryable && active.retryCount < active.transfer.maxRetries) {
    leaveSending(step, active);
    active.phase = 'resting';
    active.run.restingTransfers += 1;
    active.attempt += 1;
    active.retryCount += 1;
    active.retryAtMs = step.nowMs + retryDelayMs(active.retryCount, step.random());
    active.acknowledged = new ChunkSet(active.transfer.totalChunks);
    forgetStored(step, active);
    active.refusals = 0;
    active.fileHash = undefined;
    active.chunkListHash = undefined;
    become(step, active, 'suspended');
    return;
  }
  active.error = { code: failure.code as ErrorCode, message: failure.message };
  active.run.counters = { ...active.run.counters, filesFailed: active.run.counters.filesFailed + 1 };
  active.run.error ??= active.error;
  end(step, active, 'failed');
}

/** The relay's disk has chunks of an attempt that is over. */
function forgetStored(step: Step, active: ActiveTransfer): void {
  if (active.usesDisk) step.effects.push({ type: 'dropStored', transferIds: [active.transfer.id] });
  active.stored = new ChunkSet(active.transfer.totalChunks);
  active.usesDisk = false;
}

/** A party went away, or is not needed for a while: the transfer leaves memory as suspended, to be loaded again when both are back. */
export function park(step: Step, active: ActiveTransfer): void {
  if (isSentToDisk(active)) forgetStatement(active);
  leaveSending(step, active);
  if (active.state !== 'suspended') become(step, active, 'suspended');
  remove(active);
  step.state.transfers.delete(active.transfer.id);
  keep(step.state, active.transfer, active.attempt);
  if (active.usesDisk) step.effects.push({ type: 'restStored', transferIds: [active.transfer.id] });
}

/** The destination keeps what it holds, and has no room for the rest: its source is not needed until there is some. */
export function waitForRoom(step: Step, active: ActiveTransfer, { code, message }: Failure): void {
  const { sourceAgentId, destinationAgentId } = active.transfer;
  // An agent that is both has let go as the source when it said so: `cancel` would take what it holds as well.
  if (sourceAgentId !== destinationAgentId) tellInPieces(step, sourceAgentId, 'cancel', [refOf(active)]);
  if (isSentToDisk(active)) {
    step.effects.push({ type: 'reserveRoom', ref: refOf(active), bytes: 0 });
    forgetStatement(active);
  }
  leaveSending(step, active);
  noteLack(active, step.nowMs);
  active.phase = 'waiting';
  active.error = { code, message };
  become(step, active, 'suspended');
}

/** It was loaded as one that waits for room, and goes on to. */
export function waitOn(step: Step, active: ActiveTransfer): void {
  const { errorCode: code, errorMessage: message = '' } = active.transfer;
  noteLack(active, step.nowMs);
  active.phase = 'waiting';
  active.error = code && { code, message };
}

/** The transfer cannot go on before its source is back: its run does not end without it. */
export function waitForSource(step: Step, active: ActiveTransfer): void {
  active.run.passedOver = true;
  park(step, active);
}

/** The run was cancelled: nothing of the transfer is recorded any more, the database has it. */
export function drop(step: Step, active: ActiveTransfer): void {
  leaveSending(step, active);
  remove(active);
  step.state.transfers.delete(active.transfer.id);
  step.state.changedTransfers.delete(active);
  step.state.replannedTransfers.delete(active);
  forgetStored(step, active);
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

/** Whether its source was asked to send it to the relay's disk, and what comes goes there. */
export function isSentToDisk({ phase, isOnRoute }: ActiveTransfer): boolean {
  return phase === 'storing' || (phase === 'offered' && isOnRoute);
}

/** What the source stated of the whole, it will state again when it is asked for what is missing. */
function forgetStatement(active: ActiveTransfer): void {
  if (isStoredWhole(active)) return;
  active.fileHash = undefined;
  active.chunkListHash = undefined;
}

function leaveSending(step: Step, active: ActiveTransfer): void {
  if (!active.isOnRoute) return;
  active.toDeliver = [];
  active.run.deliveries.delete(active);
  leaveRoute(step, active);
  // What it had of the window is for others.
  deliver(step, active.run);
}

function remove(active: ActiveTransfer): void {
  if (active.run.open.delete(active.transfer.id)) active.run.openBytes -= openBytesOf(active.transfer);
}

/** What a transfer counts for among the open ones: at most 32 MiB, so that one huge file leaves room for small ones beside it. */
export function openBytesOf(transfer: Transfer): number {
  return Math.min(transfer.sizeBytes, 32 * 1024 * 1024);
}
