import type { ActiveTransfer } from './hub-state.ts';
import type { Step } from './step.ts';

/**
 * The hub's memory budget, divided. Every byte between a source's read and its acknowledgement may stand in the hub's memory, so
 * the windows of all routes together are the budget (DESIGN.md promise 8). A route is a source and a destination.
 */

/** No route gets more: beyond this a window only fills the destination's memory. Holds 500 ms of 128 MiB/s. */
const MAX_WINDOW_BYTES = 64 * 1024 * 1024;

/** A transfer begins to be sent: its route exists from here on. */
export function enterRoute(step: Step, active: ActiveTransfer): void {
  const { sourceAgentId, destinationAgentId } = active.transfer;
  const key = routeKey(active);
  const route = step.state.routes.get(key);
  if (route !== undefined) {
    route.transfers += 1;
    return;
  }
  step.state.routes.set(key, { sourceAgentId, destinationAgentId, transfers: 1 });
  divide(step);
}

/** A transfer is no longer sent: the last one of a route gives its window back. */
export function leaveRoute(step: Step, active: ActiveTransfer): void {
  const key = routeKey(active);
  const route = step.state.routes.get(key);
  if (route === undefined) return;
  route.transfers -= 1;
  if (route.transfers > 0) return;
  step.state.routes.delete(key);
  if (step.state.routes.size > 0) divide(step);
}

function divide(step: Step): void {
  const { state } = step;
  const windowBytes = Math.min(MAX_WINDOW_BYTES, Math.max(1, Math.floor(state.relayMemoryBytes / state.routes.size)));
  if (windowBytes === state.windowBytes) return;
  state.windowBytes = windowBytes;
  for (const route of state.routes.values()) {
    if (!state.online.has(route.sourceAgentId)) continue;
    step.effects.push({
      type: 'sendMessage',
      agentId: route.sourceAgentId,
      message: { type: 'window', route: route.destinationAgentId, windowBytes },
    });
  }
}

function routeKey(active: ActiveTransfer): string {
  return `${active.transfer.sourceAgentId}>${active.transfer.destinationAgentId}`;
}
