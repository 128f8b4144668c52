import { exhaustive, type TransferRef } from '@ferryline/engine';
import type { ActiveRun, ActiveTransfer, HubState } from './hub-state.ts';
import type { Step } from './step.ts';

/**
 * An agent that owes something of a run and gives no sign for a while is stuck, or its connection is in a way that no heartbeat sees:
 * its session is ended, and it comes back and goes on from what is held. A slow one gives signs.
 */

/** How often it is looked. */
const LOOK_INTERVAL_MS = 1_000;

type End = 'source' | 'destination';

/** An agent gave a sign of a run. */
export function noteSign(step: Step, run: ActiveRun, agentId: number): void {
  for (const end of ends) {
    if (run.run[end].agentId === agentId && run.owedSinceMs[end] !== undefined) run.owedSinceMs[end] = step.nowMs;
  }
}

/** An agent spoke of transfers. */
export function noteSigns(step: Step, agentId: number, refs: readonly TransferRef[]): void {
  for (const ref of refs) {
    const active = step.state.transfers.get(ref.transfer);
    if (active?.attempt === ref.attempt) noteSign(step, active.run, agentId);
  }
}

/** Bytes passed on the lanes of these agents, if not a whole frame. */
export function onLanesMoved(step: Step, agentIds: readonly number[]): void {
  const moved = new Set(agentIds);
  for (const run of step.state.runs.values()) {
    for (const end of ends) if (moved.has(run.run[end].agentId)) noteSign(step, run, run.run[end].agentId);
  }
}

/** Ends the sessions of agents that have owed something for too long. */
export function watchForStalls(step: Step): void {
  const { state, nowMs } = step;
  if (nowMs - state.lastLookMs < LOOK_INTERVAL_MS) return;
  state.lastLookMs = nowMs;
  const stalled = new Set<number>();
  for (const run of state.runs.values()) {
    for (const end of ends) {
      const { agentId } = run.run[end];
      if (!state.online.has(agentId) || !owes(state, run, end)) {
        run.owedSinceMs[end] = undefined;
        continue;
      }
      run.owedSinceMs[end] ??= nowMs;
      if (nowMs - run.owedSinceMs[end] >= state.stalledAfterMs) stalled.add(agentId);
    }
  }
  for (const agentId of stalled) {
    const reason = `nothing of what it is waited for came within ${state.stalledAfterMs / 1_000} s`;
    step.effects.push({ type: 'closeSession', agentId, code: 'STALLED', reason });
  }
}

const ends: readonly End[] = ['source', 'destination'];

function owes(state: HubState, run: ActiveRun, end: End): boolean {
  if (run.phase !== 'moving' && run.phase !== 'storing') return false;
  const route = state.routes.get(run.run.id);
  const isWindowOpen = route !== undefined && 2 * route.unansweredBytes < state.windowBytes;
  const isSpilling = route?.isSpilling ?? false;
  for (const active of run.open.values()) {
    const isOwed = end === 'source' ? isWindowOpen && sourceOwes(active) : destinationOwes(active, isSpilling);
    if (isOwed) return true;
  }
  return false;
}

function sourceOwes(active: ActiveTransfer): boolean {
  switch (active.phase) {
    case 'storing':
      return active.chunkListHash === undefined;
    case 'sending':
      return true;
    case 'finishing':
      return isChunkMissing(active);
    case 'offered':
    case 'recording':
    case 'resting':
    case 'waiting':
      return false;
    default:
      return exhaustive(active.phase);
  }
}

function destinationOwes(active: ActiveTransfer, isSpilling: boolean): boolean {
  switch (active.phase) {
    case 'offered':
      return true;
    case 'sending':
      return isAnswerMissing(active, isSpilling);
    case 'finishing':
      return active.acknowledged.isComplete || isAnswerMissing(active, isSpilling);
    case 'storing':
    case 'recording':
    case 'resting':
    case 'waiting':
      return false;
    default:
      return exhaustive(active.phase);
  }
}

/** Of a chunk that the destination was handed; what goes to the relay's disk is not its business. */
function isAnswerMissing({ unanswered, delivering }: ActiveTransfer, isSpilling: boolean): boolean {
  return delivering.bytes > 0 || (!isSpilling && unanswered.bytes > 0);
}

/** One that was refused by the destination, and is to be sent once more. */
function isChunkMissing({ acknowledged, unanswered, delivering, toDeliver }: ActiveTransfer): boolean {
  return !acknowledged.isComplete && unanswered.bytes + delivering.bytes + toDeliver.length === 0;
}
