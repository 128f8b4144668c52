import type { ChunkSet } from '@ferryline/engine';
import type { SendPlan } from './events.ts';

/**
 * How far a transfer is at its source:
 * `waiting` for one of the route's places, `opening` the file, `reading` it, `digesting` (all read, hashes being stated),
 * `sent` (file closed; acknowledgements, or a request to send a chunk again, may still come).
 */
export type SourcePhase = 'waiting' | 'opening' | 'reading' | 'digesting' | 'sent';

export interface SourceTransfer {
  /** Fixed for the life of the attempt. */
  readonly plan: SendPlan;
  readonly route: number;
  readonly totalChunks: number;
  readonly held: ChunkSet;
  phase: SourcePhase;
  /** The next chunk of the first pass. */
  nextIndex: number;
  /** Chunks that were asked for again. */
  readonly again: number[];
  /** Reads handed to the shell and not yet answered. */
  readsInFlight: number;
  /** Raw lengths of chunks that count against the route's window. */
  readonly unacknowledged: Map<number, number>;
  /** The hashes were stated: a second opening only sends chunks again. */
  digested: boolean;
  nacks: number;
}

/** Transfers that share one window of unacknowledged bytes: those to one destination. */
export interface Route {
  windowBytes: number;
  unacknowledgedBytes: number;
  readonly waiting: SourceTransfer[];
  /** Transfers whose file is open, the one that has waited longest for the window first. */
  readonly open: Set<SourceTransfer>;
}

export interface SourceState {
  readonly transfers: Map<number, SourceTransfer>;
  readonly routes: Map<number, Route>;
}

export function initialSourceState(): SourceState {
  return { transfers: new Map(), routes: new Map() };
}
