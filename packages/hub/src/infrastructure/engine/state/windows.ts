import type { ActiveTransfer, Route } from './hub-state.ts';
import type { Step } from './step.ts';

/**
 * The hub's memory budget, divided. Every byte between a source's read and its acknowledgement may stand in the hub's memory, so
 * the windows of all routes together are the budget (DESIGN.md promise 8). Every run that moves files is a route of its own, so that
 * runs between the same two agents share as fairly as any others.
 */

/** No route gets more: beyond this a window only fills the destination's memory. Holds 500 ms of 128 MiB/s. */
const MAX_WINDOW_BYTES = 64 * 1024 * 1024;
/**
 * Copies of one chunk that may wait for an answer. A source sends a chunk once more when its destination came back meanwhile; the
 * copies from before are still on their way then.
 */
const MAX_COPIES = 4;

/** A transfer begins to be sent, or goes on to be: its route exists from here on. */
export function enterRoute(step: Step, active: ActiveTransfer): void {
  if (active.isOnRoute) return;
  active.isOnRoute = true;
  const { sourceAgentId, runId } = active.transfer;
  const route = step.state.routes.get(runId);
  if (route !== undefined) {
    route.transfers += 1;
    return;
  }
  const fresh: Route = {
    sourceAgentId,
    transfers: 1,
    unansweredBytes: 0,
    largestWindowBytes: 0,
    isDelivering: false,
    deliveringBytes: 0,
    isSpilling: false,
    answeredBytes: 0,
    watchedSinceMs: step.nowMs,
  };
  step.state.routes.set(runId, fresh);
  divide(step);
  fresh.largestWindowBytes = step.state.windowBytes;
}

/** A transfer is no longer sent: the last one of a route gives its window back. */
export function leaveRoute(step: Step, active: ActiveTransfer): void {
  const { runId } = active.transfer;
  const route = step.state.routes.get(runId);
  if (!active.isOnRoute || route === undefined) return;
  active.isOnRoute = false;
  route.transfers -= 1;
  route.unansweredBytes -= active.unanswered.bytes;
  active.unanswered.clear();
  route.deliveringBytes -= active.delivering.bytes;
  active.delivering.clear();
  if (route.transfers > 0) return;
  step.state.routes.delete(runId);
  if (step.state.routes.size > 0) divide(step);
}

/**
 * A chunk goes on to the destination and counts until it is answered. Returns whether its source may have sent it: one that keeps
 * within its windows is never refused.
 *
 * @param bytes what it costs in memory
 */
export function countUnanswered(step: Step, active: ActiveTransfer, chunkIndex: number, bytes: number): boolean {
  const route = step.state.routes.get(active.transfer.runId);
  if (route === undefined || active.unanswered.copiesOf(chunkIndex) >= MAX_COPIES) return false;
  if (route.unansweredBytes + bytes > mostUnansweredBytes(route, active.transfer.chunkSizeBytes)) return false;
  active.unanswered.add(chunkIndex, bytes);
  route.unansweredBytes += bytes;
  return true;
}

/** A chunk is answered; returns whether an answer to it was awaited. */
export function countAnswered(step: Step, active: ActiveTransfer, chunkIndex: number): boolean {
  const bytes = active.unanswered.answer(chunkIndex);
  if (bytes === undefined) return false;
  const route = step.state.routes.get(active.transfer.runId);
  if (route !== undefined) route.unansweredBytes -= bytes;
  return true;
}

/**
 * A chunk is read from the relay's disk and counts until it is answered. Returns whether the window has room for it; one that is larger
 * than the whole window goes alone.
 */
export function countDelivering(step: Step, active: ActiveTransfer, chunkIndex: number, bytes: number): boolean {
  const route = step.state.routes.get(active.transfer.runId);
  if (route === undefined) return false;
  if (!route.isDelivering) {
    route.isDelivering = true;
    divide(step);
  }
  if (route.deliveringBytes > 0 && route.deliveringBytes + bytes > step.state.windowBytes) return false;
  active.delivering.add(chunkIndex, bytes);
  route.deliveringBytes += bytes;
  return true;
}

/** A chunk from the relay's disk is answered, or will not be; returns whether an answer to it was awaited. */
export function countDelivered(step: Step, active: ActiveTransfer, chunkIndex: number): boolean {
  const bytes = active.delivering.answer(chunkIndex);
  if (bytes === undefined) return false;
  const route = step.state.routes.get(active.transfer.runId);
  if (route !== undefined) route.deliveringBytes -= bytes;
  return true;
}

/** Nothing is left to be handed on from the relay's disk: its share of the memory is free. */
export function endDelivering(step: Step, route: Route): void {
  if (!route.isDelivering || route.deliveringBytes > 0) return;
  route.isDelivering = false;
  divide(step);
}

/**
 * Twice the largest window that the route was told of, or a chunk that is larger, and one chunk. The window may have shrunk while
 * the source used it; and what a source has given up, or what it sent before its destination went away and came back, still arrives
 * when it sends anew, for its frames and its messages travel apart.
 */
function mostUnansweredBytes(route: Route, chunkSizeBytes: number): number {
  return 2 * Math.max(route.largestWindowBytes, chunkSizeBytes) + chunkSizeBytes;
}

function divide(step: Step): void {
  const { state } = step;
  let shares = state.routes.size;
  for (const { isDelivering } of state.routes.values()) if (isDelivering) shares += 1;
  const windowBytes = Math.min(MAX_WINDOW_BYTES, Math.max(1, Math.floor(state.relayMemoryBytes / shares)));
  if (windowBytes === state.windowBytes) return;
  state.windowBytes = windowBytes;
  for (const [runId, route] of state.routes) {
    route.largestWindowBytes = Math.max(route.largestWindowBytes, windowBytes);
    if (!state.online.has(route.sourceAgentId)) continue;
    step.effects.push({
      type: 'sendMessage',
      agentId: route.sourceAgentId,
      message: { type: 'window', route: runId, windowBytes },
    });
  }
}
