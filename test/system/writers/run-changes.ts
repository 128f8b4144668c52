import { randomUUID } from 'node:crypto';
import { making, tells } from './changes.ts';
import type { Change } from './life.ts';

/** Where the runs of a test lead from and to. Of agents that have been connected, as whose allowed roots the hub would not know. */
export interface RunEnds {
  /** An agent that is connected while clients write, with a tree of so many files. */
  readonly source: { readonly agent: string; readonly path: string; readonly files: number };
  /** One that takes what comes. */
  readonly near: { readonly agent: string; readonly path: string };
  /** One that is not there any more: what goes to it waits. */
  readonly away: { readonly agent: string; readonly path: string };
}

interface Starting {
  readonly source: { readonly agent: string; readonly path: string };
  readonly destination: { readonly agent: string; readonly path: string };
  readonly include?: readonly string[];
  readonly options?: object;
}

/** Starts an ad-hoc copy; several of them may have the same ends, one after the other. */
export function starting(run: Starting): Change {
  const to = `${run.destination.agent}:${run.destination.path}`;
  return making({
    collection: 'runs',
    body: run,
    action: 'run.started',
    isOfThis: (event) => event.details.destination === to && event.details.job === undefined,
    shown: { to, job: null, cancelled: 0, startedAnew: 0, halves: [] },
  });
}

export function cancellingRun(id: number): Change {
  return {
    kind: 'change',
    request: { method: 'POST', path: `runs/${id}/cancel` },
    success: 200,
    repeated: 409,
    isToldBy: (event) => tells(event, 'run.cancelled', id),
    note: (ledger) => ledger.note(`runs/${id}`, { cancelled: 'whole' }),
  };
}

/** Takes up what failed of a run; then so many of its transfers have started anew, each as often as it did. */
export function retryingRun(id: number, startedAnew: number): Change {
  return {
    kind: 'change',
    request: { method: 'POST', path: `runs/${id}/retry`, headers: { 'idempotency-key': randomUUID() } },
    success: 200,
    repeated: 'replayed',
    isToldBy: (event) => tells(event, 'run.retried', id),
    note: (ledger) => ledger.note(`runs/${id}`, { startedAnew }),
  };
}

/** Cancels the transfers of a run, of which so many are open. */
export function cancellingTransfers(runId: number, count: number): Change {
  return {
    kind: 'change',
    request: bulk('cancel', runId),
    success: 200,
    repeated: 200,
    isToldBy: (event) => tells(event, 'transfer.cancelled', runId) && event.details.count === count,
    note: (ledger) => ledger.note(`runs/${runId}`, { cancelled: count }),
  };
}

/** As `retryingRun`, for so many transfers. Asked again, a hub that died before it noted the key tries again what has failed again. */
export function retryingTransfers(runId: number, count: number, startedAnew: number): Change {
  return {
    kind: 'change',
    request: bulk('retry', runId),
    success: 200,
    isToldBy: (event) => tells(event, 'transfer.retried', runId) && event.details.count === count,
    note: (ledger) => ledger.note(`runs/${runId}`, { startedAnew }),
  };
}

function bulk(action: 'cancel' | 'retry', run: number): Change['request'] {
  const headers = { 'idempotency-key': randomUUID() };
  return { method: 'POST', path: 'transfers/bulk', body: { action, filter: { run } }, headers };
}
