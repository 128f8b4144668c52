import type { ChunkFrame } from '@ferryline/engine';
import type { ActiveTransfer, Route } from './hub-state.ts';
import { isSentToDisk, refOf } from './moving.ts';
import type { Step } from './step.ts';

/**
 * A destination that takes too little to empty its window in a while would keep its source waiting. What the source sends goes to the
 * relay's disk then, as far as there is room, until the destination has caught up.
 */

/** A destination is slow when it answers less than its window in this time, and the window is full. */
const SLOW_AFTER_MS = 10_000;
/** What is taken back from the lane is on the disk by then, and to be handed on from there. */
const SPILLS_AT_LEAST_MS = 1_000;

/** Finds the destinations that have become slow, and those that are so no more. */
export function watchDestinations(step: Step): void {
  if (step.state.relayDiskBytes === 0) return;
  for (const [runId, route] of step.state.routes) {
    const run = step.state.runs.get(runId);
    if (run?.phase !== 'moving') continue;
    const sinceMs = step.nowMs - route.watchedSinceMs;
    if (route.isSpilling) {
      const hasCaughtUp = run.deliveries.size === 0 && route.deliveringBytes === 0;
      if (hasCaughtUp && sinceMs >= SPILLS_AT_LEAST_MS) watchAnew(step, route);
    } else if (sinceMs >= SLOW_AFTER_MS) {
      if (isSlow(step, route)) spill(step, route, [...run.open.values()]);
      else watchAnew(step, route);
    }
  }
}

/** Whether a chunk that has come is for the relay's disk, and not for its destination's lane; takes the room that it needs. */
export function goesToDisk(step: Step, active: ActiveTransfer, bytes: number): boolean {
  if (isSentToDisk(active)) return true;
  const route = step.state.routes.get(active.transfer.runId);
  if (!route?.isSpilling || step.storeRoomBytes < bytes) return false;
  step.storeRoomBytes -= bytes;
  active.usesDisk = true;
  return true;
}

/** A chunk that its destination's lane had no room for was taken back: the relay's disk has. */
export function onFrameTakenBack(step: Step, frame: ChunkFrame, bytes: Buffer): void {
  const active = step.state.transfers.get(frame.transfer);
  if (active === undefined || active.attempt !== frame.attempt || active.unanswered.copiesOf(frame.chunkIndex) === 0)
    return;
  if (goesToDisk(step, active, bytes.length)) {
    step.effects.push({ type: 'storeFrame', frame, bytes });
    return;
  }
  const { sourceAgentId: from, destinationAgentId: agentId } = active.transfer;
  step.effects.push({ type: 'forwardFrame', agentId, from, ref: refOf(active), bytes });
}

function isSlow({ state }: Step, route: Route): boolean {
  return 2 * route.unansweredBytes >= state.windowBytes && route.answeredBytes < state.windowBytes;
}

function spill(step: Step, route: Route, open: readonly ActiveTransfer[]): void {
  watchAnew(step, route);
  route.isSpilling = true;
  const waiting = open.filter(({ unanswered }) => unanswered.bytes > 0);
  const [first] = waiting;
  if (first === undefined) return;
  const { destinationAgentId: agentId } = first.transfer;
  step.effects.push({ type: 'takeBackFrames', agentId, refs: waiting.map(refOf) });
}

function watchAnew(step: Step, route: Route): void {
  route.isSpilling = false;
  route.answeredBytes = 0;
  route.watchedSinceMs = step.nowMs;
}
