import { ChunkSet, chunkCount, exhaustive, FerryError, refOf, type TransferRef } from '@ferryline/engine';
import type { SendPlan, SourceEffect, SourceEvent } from './events.ts';
import { pump } from './pump.ts';
import type { Route, SourceState, SourceTransfer } from './state.ts';

/** A chunk refused this often makes the transfer fail: the file, the memory or the path in between is broken. */
const MAX_NACKS = 8;

/**
 * The deciding part of a source: which file to open, which chunk to read next, when to say `sent`. Does no I/O. Owns `state` and
 * changes it in place; the effects are to be carried out in order.
 *
 * Invariants: bytes read or sent and not acknowledged never exceed a route's window, but for one chunk when nothing else is on
 * the way; events of an attempt that is not the current one change nothing.
 */
export function stepSource(state: SourceState, event: SourceEvent): { state: SourceState; effects: SourceEffect[] } {
  const effects: SourceEffect[] = [];
  apply(state, event, effects);
  pump(state, effects);
  return { state, effects };
}

function apply(state: SourceState, event: SourceEvent, effects: SourceEffect[]): void {
  switch (event.type) {
    case 'sendRequested': {
      for (const plan of event.transfers) begin(state, event.route, plan, effects);
      routeOf(state, event.route).windowBytes = event.windowBytes;
      return;
    }
    case 'windowChanged': {
      // One that nothing is sent on any more has no use for it: the next `send` brings its own.
      const route = state.routes.get(event.route);
      if (route !== undefined) route.windowBytes = event.windowBytes;
      return;
    }
    case 'fileOpened': {
      const transfer = current(state, event.ref);
      if (transfer?.phase === 'opening') transfer.phase = 'reading';
      return;
    }
    case 'chunkRead': {
      const transfer = current(state, event.ref);
      if (transfer !== undefined) transfer.readsInFlight -= 1;
      return;
    }
    case 'fileDigested': {
      const transfer = current(state, event.ref);
      if (transfer === undefined) return;
      transfer.digested = true;
      const { fileHash, chunkListHash } = event;
      effects.push({ type: 'reportSent', ref: event.ref, fileHash, chunkListHash });
      if (transfer.again.length > 0) transfer.phase = 'reading';
      else rest(state, transfer, effects);
      return;
    }
    case 'fileFailed': {
      const transfer = current(state, event.ref);
      if (transfer === undefined) return;
      effects.push({ type: 'reportFailed', ref: event.ref, failure: event.failure });
      forget(state, transfer, effects);
      return;
    }
    case 'chunkAcked': {
      const transfer = current(state, event.ref);
      if (transfer !== undefined) releaseWindow(state, transfer, event.index);
      return;
    }
    case 'chunkNacked':
      sendAgain(state, event, effects);
      return;
    case 'released':
      for (const ref of event.refs) {
        const transfer = current(state, ref);
        if (transfer !== undefined) forget(state, transfer, effects);
      }
      return;
    case 'sessionLost':
      for (const transfer of [...state.transfers.values()]) forget(state, transfer, effects);
      return;
    default:
      exhaustive(event);
  }
}

function begin(state: SourceState, route: number, plan: SendPlan, effects: SourceEffect[]): void {
  const known = state.transfers.get(plan.transfer);
  if (known !== undefined) forget(state, known, effects);
  const totalChunks = chunkCount(plan.identity.size, plan.chunkSize);
  const transfer: SourceTransfer = {
    plan,
    route,
    totalChunks,
    held: ChunkSet.fromRanges(totalChunks, plan.held),
    phase: 'waiting',
    nextIndex: 0,
    again: [],
    readsInFlight: 0,
    unacknowledged: new Map(),
    digested: false,
    nacks: 0,
  };
  state.transfers.set(plan.transfer, transfer);
  routeOf(state, route).waiting.push(transfer);
}

function sendAgain(
  state: SourceState,
  event: Extract<SourceEvent, { type: 'chunkNacked' }>,
  effects: SourceEffect[],
): void {
  const transfer = current(state, event.ref);
  if (transfer === undefined || event.index >= transfer.totalChunks) return;
  const isAwaited = transfer.unacknowledged.has(event.index);
  releaseWindow(state, transfer, event.index);
  transfer.nacks += 1;
  if (transfer.nacks > MAX_NACKS) {
    const error = new FerryError(
      'CHUNK_CORRUPT',
      `Chunks of ${transfer.plan.path.names.at(-1) ?? transfer.plan.path.root} were damaged on the way ${transfer.nacks} times (last: ${event.reason}). Check memory and network hardware between the agents and the hub.`,
    );
    effects.push({ type: 'reportFailed', ref: event.ref, failure: { code: error.code, message: error.message } });
    forget(state, transfer, effects);
    return;
  }
  // A copy from before the transfer was begun anew is refused late: this sending has not come to that chunk, or is through with it.
  if (!isAwaited) return;
  transfer.again.push(event.index);
  if (transfer.phase === 'sent') {
    transfer.phase = 'waiting';
    routeOf(state, transfer.route).waiting.push(transfer);
  }
}

/** The file has been read and stated: it gives its place to the next and waits for `released`. */
function rest(state: SourceState, transfer: SourceTransfer, effects: SourceEffect[]): void {
  transfer.phase = 'sent';
  routeOf(state, transfer.route).open.delete(transfer);
  effects.push({ type: 'closeFile', ref: refOf(transfer.plan) });
}

function forget(state: SourceState, transfer: SourceTransfer, effects: SourceEffect[]): void {
  const route = routeOf(state, transfer.route);
  for (const index of [...transfer.unacknowledged.keys()]) releaseWindow(state, transfer, index);
  if (route.open.delete(transfer)) effects.push({ type: 'closeFile', ref: refOf(transfer.plan) });
  const place = route.waiting.indexOf(transfer);
  if (place >= 0) route.waiting.splice(place, 1);
  state.transfers.delete(transfer.plan.transfer);
  if (route.open.size === 0 && route.waiting.length === 0 && route.unacknowledgedBytes === 0) {
    state.routes.delete(transfer.route);
  }
}

function releaseWindow(state: SourceState, transfer: SourceTransfer, index: number): void {
  const length = transfer.unacknowledged.get(index);
  if (length === undefined) return;
  transfer.unacknowledged.delete(index);
  routeOf(state, transfer.route).unacknowledgedBytes -= length;
}

function routeOf(state: SourceState, id: number): Route {
  let route = state.routes.get(id);
  if (route === undefined) {
    route = { windowBytes: 1, unacknowledgedBytes: 0, waiting: [], open: new Set() };
    state.routes.set(id, route);
  }
  return route;
}

function current(state: SourceState, ref: TransferRef): SourceTransfer | undefined {
  const transfer = state.transfers.get(ref.transfer);
  return transfer?.plan.attempt === ref.attempt ? transfer : undefined;
}
