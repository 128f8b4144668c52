import { exhaustive } from '@ferryline/engine';
import type { Run } from '../../../domain/run/run.ts';
import { onTransferResumed, onTransfersCancelled, onTransfersRetried, takeUpAgain } from './by-hand.ts';
import { endOverdue } from './deadlines.ts';
import { onStoredChunkRead } from './delivering.ts';
import {
  drive,
  failRun,
  lookForRooms,
  onPartyBack,
  onSurveyed,
  onTreeDone,
  parkRun,
  restBacklog,
  storeAgain,
  wakeRested,
} from './driving.ts';
import type { HubEffect } from './effects.ts';
import type { HubEvent } from './events.ts';
import { onFrame } from './frames.ts';
import { onHoldsLookedUp, onHoldsStated } from './holds.ts';
import { type ActiveRun, activeRun, type HubState } from './hub-state.ts';
import { cancelKept, forgetKept } from './kept.ts';
import { onMessage } from './messages.ts';
import { cancelEnded, drop, refOf } from './moving.ts';
import { onRecorded, recordIfDue } from './recording.ts';
import { onHeldFilesFound, onPlanCleared, onPlanPageStored } from './scanning.ts';
import { tellInPieces } from './settling.ts';
import { onFrameTakenBack, watchDestinations } from './spilling.ts';
import { onLanesMoved, watchForStalls } from './stalls.ts';
import type { Step } from './step.ts';
import { onChunkNotStored, onChunkStored, onStoredChunkLost, restIfStored, sweepStored } from './storing.ts';
import { onHeldFilesStored } from './surveying.ts';
import { onTreeEntriesLoaded } from './tree.ts';
import { forgetUnseen, loadedWithUnseen } from './unseen-chunks.ts';

/**
 * The deciding part of the hub: what to scan, plan, offer, send, finish and record, and where each frame goes. Does no I/O. Owns
 * `state` and changes it in place; the effects are to be carried out in order.
 *
 * Invariant (DESIGN.md promise 7): the database states what should be. A run that lost an agent is parked and loaded
 * again from there; nothing that a message said and no record holds is needed to go on.
 */
export function stepHub(
  state: HubState,
  event: HubEvent,
  { nowMs, random, storeRoomBytes }: Pick<Step, 'nowMs' | 'random' | 'storeRoomBytes'>,
): { state: HubState; effects: HubEffect[] } {
  const step: Step = { state, nowMs, random, storeRoomBytes, effects: [] };
  apply(step, event);
  return { state, effects: step.effects };
}

function apply(step: Step, event: HubEvent): void {
  const { state } = step;
  switch (event.type) {
    case 'sessionOpened':
      state.online.add(event.agentId);
      for (const run of runsOf(state, event.agentId)) onPartyBack(step, run, event.agentId);
      return;
    case 'sessionClosed':
      onSessionClosed(step, event.agentId);
      return;
    case 'holdsStated':
      onHoldsStated(step, event.agentId, event.refs);
      return;
    case 'holdsLookedUp':
      onHoldsLookedUp(step, event);
      return;
    case 'messageReceived':
      onMessage(step, event.agentId, event.message);
      return;
    case 'frameReceived':
      onFrame(step, event);
      return;
    case 'runAppeared':
      onRunAppeared(step, event.run);
      return;
    case 'runRetried':
      onRunRetried(step, event.run, event.retriedTransfers);
      return;
    case 'runCancelled':
      onRunCancelled(step, event.runId);
      return;
    case 'transfersCancelled':
      onTransfersCancelled(step, event.transfers);
      return;
    case 'transfersRetried':
      onTransfersRetried(step, event.transfers, event.runs);
      return;
    case 'transferResumed':
      onTransferResumed(step, event.transferId);
      return;
    case 'recorded':
      for (const run of onRecorded(step)) drive(step, run);
      return;
    case 'ticked':
      endOverdue(step);
      wakeRested(step);
      lookForRooms(step);
      storeAgain(step);
      watchDestinations(step);
      watchForStalls(step);
      recordIfDue(step);
      return;
    case 'lanesMoved':
      onLanesMoved(step, event.agentIds);
      return;
    case 'chunkStored': {
      const active = onChunkStored(step, event.frame);
      if (active !== undefined && restIfStored(step, active)) drive(step, active.run);
      return;
    }
    case 'chunkNotStored':
      onChunkNotStored(step, event);
      return;
    case 'storedChunkRead':
      onStoredChunkRead(step, event.ref, event.index, event.bytes);
      return;
    case 'storedChunkLost':
      onStoredChunkLost(step, event.ref, event.index);
      return;
    case 'frameTakenBack':
      onFrameTakenBack(step, event.frame, event.bytes);
      return;
    case 'planCleared':
    case 'heldFilesStored':
    case 'heldFilesFound':
    case 'planPageStored':
    case 'transfersLoaded':
    case 'treeEntriesLoaded':
    case 'runBroke':
      break;
    default:
      exhaustive(event);
  }
  const run = state.runs.get(event.runId);
  if (run !== undefined) onRunEvent(step, run, event);
}

/** One that somebody takes up again may be in memory as one that goes on: a transfer of it was taken up just before. */
function onRunRetried(step: Step, retried: Run, retriedTransfers: number): void {
  const present = step.state.runs.get(retried.id);
  if (present === undefined || present.phase === 'settled') onRunAppeared(step, retried);
  else takeUpAgain(step, present, retriedTransfers);
}

/** A run enters memory, unless it is there; one that ended is taken up again while the record of its end is still under way. */
function onRunAppeared(step: Step, appeared: Run): void {
  const present = step.state.runs.get(appeared.id);
  if (present !== undefined && present.phase !== 'settled') return;
  const run = activeRun(appeared, step.nowMs);
  step.state.runs.set(appeared.id, run);
  drive(step, run);
}

/** What the database answered about a run. */
function onRunEvent(step: Step, run: ActiveRun, event: Extract<HubEvent, { readonly runId: number }>): void {
  if (event.type === 'runBroke') {
    failRun(step, run, { code: 'INTERNAL', message: event.message });
    return;
  }
  if (event.type === 'planCleared' && run.phase === 'clearing') onPlanCleared(run);
  if (event.type === 'heldFilesStored' && onHeldFilesStored(step, run, event.page, event.last) === 'done') {
    onSurveyed(step, run);
  }
  if (event.type === 'heldFilesFound') onHeldFilesFound(step, run, event.page, event.held);
  if (event.type === 'planPageStored') onPlanPageStored(step, run, event.page, event.last);
  if (event.type === 'transfersLoaded' && run.isLoading && event.load === run.loads) {
    run.isLoading = false;
    run.isExhausted = event.transfers.length === 0;
    run.loadedUpTo = event.transfers.at(-1)?.id ?? run.loadedUpTo;
    // A run that is loaded anew meets again what is under way.
    for (const transfer of event.transfers) {
      if (step.state.transfers.has(transfer.id)) continue;
      run.backlog.push(loadedWithUnseen(step.state, transfer, event.stored?.get(transfer.id) ?? []));
    }
    forgetUnseen(step.state);
  }
  if (event.type === 'treeEntriesLoaded') {
    if (!run.treeBusy || event.page !== run.treePage) return;
    if (onTreeEntriesLoaded(step, run, event.entries) === 'done') onTreeDone(step, run);
    return;
  }
  drive(step, run);
}

/** Everything the agent took part in is parked; the agent at the other end is told to let go of what it was sending. */
function onSessionClosed(step: Step, agentId: number): void {
  if (!step.state.online.delete(agentId)) return;
  forgetKept(step.state, agentId);
  for (const run of runsOf(step.state, agentId)) {
    const { source, destination } = run.run;
    // A scan goes on without the other end; a second one beside it would plan everything twice.
    const scanned = run.phase === 'surveying' ? destination : source;
    if (run.state === 'planning' && agentId !== scanned.agentId) continue;
    if (agentId === destination.agentId && source.agentId !== agentId) {
      tellInPieces(step, source.agentId, 'cancel', [...run.open.values()].map(refOf));
    }
    parkRun(step, run);
    // With a disk in between, the other one may go on alone with what is planned.
    if (run.state !== 'planning') drive(step, run);
  }
}

/** The database has the run and its transfers as cancelled already: memory and agents follow. */
function onRunCancelled(step: Step, runId: number): void {
  const run = step.state.runs.get(runId);
  cancelKept(step, (kept) => kept.runId === runId);
  sweepStored(step);
  if (run === undefined) return;
  const { source, destination } = run.run;
  const open = [...run.open.values()];
  const completed = [...step.state.transfers.values()].filter((each) => each.run === run && each.state === 'completed');
  for (const agentId of new Set([source.agentId, destination.agentId])) {
    tellInPieces(step, agentId, 'cancel', [...open, ...completed].map(refOf));
  }
  const scanned = run.phase === 'surveying' ? destination : source;
  if (step.state.online.has(scanned.agentId)) {
    step.effects.push({ type: 'sendMessage', agentId: scanned.agentId, message: { type: 'cancelScan', run: runId } });
  }
  restBacklog(step, run);
  for (const active of open) drop(step, active);
  for (const active of completed) cancelEnded(active);
  step.state.changedRuns.delete(run);
  step.state.runs.delete(runId);
  step.effects.push({ type: 'announceEnd', runId, jobId: run.run.jobId });
}

function runsOf(state: HubState, agentId: number): readonly ActiveRun[] {
  return [...state.runs.values()].filter(
    ({ run }) => run.source.agentId === agentId || run.destination.agentId === agentId,
  );
}
