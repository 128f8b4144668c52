import { chunkExtent } from '@ferryline/engine';
import type { SourceEffect } from './events.ts';
import type { Route, SourceState, SourceTransfer } from './state.ts';

/** Files that one route keeps open at a time: enough to hide the latency of opening small ones. */
const MAX_OPEN_FILES_PER_ROUTE = 32;
/** Reads of one file under way at a time: the next chunk comes from disk while this one is hashed, compressed and sent. */
const MAX_READS_PER_FILE = 4;

/** Starts whatever may start now: opens waiting files, reads the next chunks within the windows, states what is read. */
export function pump(state: SourceState, effects: SourceEffect[]): void {
  for (const route of state.routes.values()) {
    openWaiting(route, effects);
    for (const transfer of [...route.open]) {
      if (transfer.phase !== 'reading') continue;
      const before = effects.length;
      readOn(route, transfer, effects);
      // Whoever got something goes to the end of the line: a large file does not keep small ones waiting for the window.
      if (effects.length > before && route.open.delete(transfer)) route.open.add(transfer);
    }
  }
}

function openWaiting(route: Route, effects: SourceEffect[]): void {
  while (route.open.size < MAX_OPEN_FILES_PER_ROUTE) {
    const transfer = route.waiting.shift();
    if (transfer === undefined) return;
    transfer.phase = 'opening';
    route.open.add(transfer);
    effects.push({ type: 'openFile', plan: transfer.plan, totalChunks: transfer.totalChunks });
  }
}

function readOn(route: Route, transfer: SourceTransfer, effects: SourceEffect[]): void {
  while (transfer.readsInFlight < MAX_READS_PER_FILE) {
    const index = transfer.again[0] ?? transfer.nextIndex;
    if (index >= transfer.totalChunks) break;
    const isRepeat = transfer.again.length > 0;
    const deliver = isRepeat || !transfer.held.has(index);
    const { offset, length } = chunkExtent(transfer.plan.identity.size, transfer.plan.chunkSize, index);
    if (deliver && !fitsWindow(route, length)) return;
    if (isRepeat) transfer.again.shift();
    else transfer.nextIndex += 1;
    transfer.readsInFlight += 1;
    if (deliver) {
      transfer.unacknowledged.set(index, length);
      route.unacknowledgedBytes += length;
    }
    const last = index === transfer.totalChunks - 1;
    effects.push({ type: 'readChunk', plan: transfer.plan, index, offset, length, last, deliver });
  }
  if (transfer.readsInFlight === 0 && transfer.again.length === 0 && transfer.nextIndex >= transfer.totalChunks) {
    finishReading(route, transfer, effects);
  }
}

/** A chunk larger than the whole window may still travel, alone: otherwise it never would. */
function fitsWindow(route: Route, length: number): boolean {
  return route.unacknowledgedBytes === 0 || route.unacknowledgedBytes + length <= route.windowBytes;
}

function finishReading(route: Route, transfer: SourceTransfer, effects: SourceEffect[]): void {
  const ref = { transfer: transfer.plan.transfer, attempt: transfer.plan.attempt };
  if (transfer.digested) {
    transfer.phase = 'sent';
    route.open.delete(transfer);
    effects.push({ type: 'closeFile', ref });
    return;
  }
  transfer.phase = 'digesting';
  effects.push({ type: 'digestFile', ref });
}
