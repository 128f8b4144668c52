import type { AgentMessage, ChunkSet, TransferRef } from '@ferryline/engine';
import type { ErrorCode } from '../../../domain/common/errors.ts';
import type { RunState } from '../../../domain/run/lifecycle.ts';
import type { Run, RunCounters } from '../../../domain/run/run.ts';
import type { RunIssue } from '../../../domain/run/tree-entry.ts';
import type { TransferState } from '../../../domain/transfer/lifecycle.ts';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import type { UnansweredChunks } from './unanswered-chunks.ts';

/**
 * Where a run is: `idle` (nothing asked for, or its agents are away), `clearing` an interrupted plan, `surveying` what the
 * destination of a `pull` run holds, `scanning` the source,
 * `arranging` directories and links, `moving` files, `sealing` directories, `settled` (recorded on the next tick).
 */
export type RunPhase = 'idle' | 'clearing' | 'surveying' | 'scanning' | 'arranging' | 'moving' | 'sealing' | 'settled';

/** A page of entries that a source sent. */
export type EntriesPage = Extract<AgentMessage, { type: 'entries' }>;

export interface ActiveRun {
  /** As loaded; `state` and `counters` below are the moving part. */
  readonly run: Run;
  state: RunState;
  counters: RunCounters;
  error: { readonly code: ErrorCode; readonly message: string } | undefined;
  startedAt: Date | undefined;
  plannedAt: Date | undefined;
  endedAt: Date | undefined;
  phase: RunPhase;
  /** Whether any page of a plan was stored that is not the whole plan. */
  planIsPartial: boolean;
  /** The page of entries that the source sends next; any other is late. */
  nextPage: number;
  /** The page of entries that was stored last; -1 before the first one. */
  takenPage: number;
  /** What the scan, or the survey, found until now. */
  scanned: number;
  /** Issues that were kept since the run is in memory. */
  keptIssues: number;
  nextOrdinal: number;
  /** Pages of a `pull` run that wait to hear which of their files the destination holds. */
  readonly unplannedPages: Map<number, EntriesPage>;
  /** The tree entry page on its way: beyond which ordinal the next one starts, and whether one is under way. */
  treeBeyond: number;
  treePage: number;
  treeBusy: boolean;
  /** A directory or link could not be made: the run is partial at best. */
  hasTreeProblems: boolean;
  /** Transfers are loaded in order of id; what is above this is still in the database only. */
  loadedUpTo: number;
  /** How often transfers were asked for; the answer to an older question is not heard. */
  loads: number;
  isLoading: boolean;
  isExhausted: boolean;
  /** Loaded, and waiting for a place among the open ones. */
  readonly backlog: Transfer[];
  /** Offered, and not yet at an end. */
  readonly open: Map<number, ActiveTransfer>;
  /** What the open ones count for: their sizes, each up to a limit (moving.ts). */
  openBytes: number;
  /** Open ones that wait for a retry. */
  restingTransfers: number;
  /** At an end that is not recorded yet. */
  recordingTransfers: number;
}

/**
 * Where a transfer is: `offered` to its destination, `sending`, `finishing` (the destination verifies and publishes), `recording`
 * its end, `resting` until `retryAt`.
 */
export type TransferPhase = 'offered' | 'sending' | 'finishing' | 'recording' | 'resting';

export interface ActiveTransfer {
  readonly transfer: Transfer;
  readonly run: ActiveRun;
  phase: TransferPhase;
  state: TransferState;
  attempt: number;
  retryCount: number;
  retryAtMs: number;
  /** Chunks that the destination acknowledged in this attempt. */
  acknowledged: ChunkSet;
  /** Chunks that were handed on while it is being sent, and not answered. */
  readonly unanswered: UnansweredChunks;
  bytesTransferred: number;
  wireBytes: number;
  fileHash: string | undefined;
  error: { readonly code: ErrorCode; readonly message: string } | undefined;
  startedAt: Date | undefined;
  endedAt: Date | undefined;
}

/** The transfers that are being sent from one agent to another. */
export interface Route {
  readonly sourceAgentId: number;
  readonly destinationAgentId: number;
  transfers: number;
  /** What was handed on of them and is not answered. */
  unansweredBytes: number;
  /** The source was told of windows up to this one since the route exists. */
  largestWindowBytes: number;
}

/** An attempt that a connected destination keeps, in part. */
export interface KeptAttempt extends TransferRef {
  readonly runId: number;
  readonly agentId: number;
}

export interface HubState {
  /** Bytes that may be on their way through the hub's memory, all routes together. */
  readonly relayMemoryBytes: number;
  readonly online: Set<number>;
  readonly runs: Map<number, ActiveRun>;
  readonly transfers: Map<number, ActiveTransfer>;
  /** What connected destinations hold of transfers that are not in memory, by transfer. */
  readonly kept: Map<number, KeptAttempt>;
  /** How often somebody cancelled something. */
  cancellations: number;
  /** What is being sent from one agent to another, by `source>destination`. */
  readonly routes: Map<string, Route>;
  windowBytes: number;
  /** What differs from the database. */
  readonly changedTransfers: Set<ActiveTransfer>;
  readonly changedRuns: Set<ActiveRun>;
  issues: { readonly runId: number; readonly issue: RunIssue }[];
  /** The changes include a state, which people and restarts depend on, not only a counter. */
  hasUrgentChange: boolean;
  lastRecordAtMs: number;
  /** The records under way, oldest first: what they end, as it stood when they were emitted. */
  readonly recordings: {
    readonly endedTransfers: readonly ActiveTransfer[];
    readonly runs: readonly ActiveRun[];
    readonly settledRuns: readonly ActiveRun[];
  }[];
}

export function initialHubState(relayMemoryBytes: number): HubState {
  return {
    relayMemoryBytes,
    online: new Set(),
    runs: new Map(),
    transfers: new Map(),
    kept: new Map(),
    cancellations: 0,
    routes: new Map(),
    windowBytes: relayMemoryBytes,
    changedTransfers: new Set(),
    changedRuns: new Set(),
    issues: [],
    hasUrgentChange: false,
    lastRecordAtMs: 0,
    recordings: [],
  };
}

/** A run as it enters memory: created just now, or found unsettled by a hub that started. */
export function activeRun(run: Run): ActiveRun {
  return {
    run,
    state: run.state,
    counters: run.counters,
    error: undefined,
    startedAt: run.startedAt,
    plannedAt: run.plannedAt,
    endedAt: undefined,
    phase: 'idle',
    planIsPartial: run.state === 'planning' && run.startedAt !== undefined,
    nextPage: 0,
    takenPage: -1,
    scanned: 0,
    keptIssues: 0,
    nextOrdinal: 0,
    unplannedPages: new Map(),
    treeBeyond: -1,
    treePage: 0,
    treeBusy: false,
    hasTreeProblems: false,
    loadedUpTo: 0,
    loads: 0,
    isLoading: false,
    isExhausted: false,
    backlog: [],
    open: new Map(),
    openBytes: 0,
    restingTransfers: 0,
    recordingTransfers: 0,
  };
}
