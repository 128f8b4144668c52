import type { AgentMessage, ChunkRanges, ChunkSet, TransferRef } from '@ferryline/engine';
import type { ErrorCode } from '../../../domain/common/errors.ts';
import type { RunState } from '../../../domain/run/lifecycle.ts';
import type { Run, RunCounters } from '../../../domain/run/run.ts';
import type { RunIssue } from '../../../domain/run/tree-entry.ts';
import type { TransferState } from '../../../domain/transfer/lifecycle.ts';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import type { UnansweredChunks } from './unanswered-chunks.ts';

/**
 * Where a run is: `idle` (nothing asked for, or its agents are away), `clearing` an interrupted plan, `surveying` what the
 * destination of a `pull` run holds, `scanning` the source, `storing` files on the relay's disk while the destination is away,
 * `arranging` directories and links, `moving` files, `sealing` directories, `settled` (recorded on the next tick).
 */
export type RunPhase =
  | 'idle'
  | 'clearing'
  | 'surveying'
  | 'scanning'
  | 'storing'
  | 'arranging'
  | 'moving'
  | 'sealing'
  | 'settled';

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
  /** Only what the relay's disk holds whole is loaded: the source is away. */
  loadsStoredOnly: boolean;
  isExhausted: boolean;
  /** Something that was loaded cannot go on before the source is back. */
  passedOver: boolean;
  /** Loaded, and waiting for a place among the open ones. */
  readonly backlog: LoadedTransfer[];
  /** Offered, and not yet at an end. */
  readonly open: Map<number, ActiveTransfer>;
  /** What the open ones count for: their sizes, each up to a limit (moving.ts). */
  openBytes: number;
  /** Open ones that wait for a retry. */
  restingTransfers: number;
  /** At an end that is not recorded yet. */
  recordingTransfers: number;
  /** Since when each end owes something and has given no sign; undefined: it owes nothing. */
  readonly owedSinceMs: { source: number | undefined; destination: number | undefined };
  /** Open ones of which chunks are to be handed on from the relay's disk. */
  readonly deliveries: Set<ActiveTransfer>;
  /** When it entered memory. */
  readonly appearedAtMs: number;
  /** Something under way when the hub died is not stored yet, for its destination may be back at any moment. */
  awaitsDestination: boolean;
  /** What is known of the room at its destination: nothing, that there was some where there had been none, or that there is none. */
  room: 'found' | RoomLack | undefined;
  /** The relay's disk failed: nothing of this run is stored before this moment, at which it is loaded anew. 0: it did not. */
  storesAgainAtMs: number;
}

/**
 * Where a transfer is: `storing` (its source sends, to the relay's disk), `offered` to its destination (its source may send on to the
 * disk meanwhile), `sending`, `finishing` (the destination verifies and publishes), `recording` its end, `resting` until `retryAt`,
 * `waiting` for room at its destination.
 */
export type TransferPhase = 'storing' | 'offered' | 'sending' | 'finishing' | 'recording' | 'resting' | 'waiting';

/** An unsettled transfer as the database has it, and which of its chunks the relay's disk holds. */
export interface LoadedTransfer {
  readonly transfer: Transfer;
  readonly stored: ChunkRanges;
}

export interface ActiveTransfer {
  /** As loaded, or as planned anew since its source changed. */
  transfer: Transfer;
  readonly run: ActiveRun;
  phase: TransferPhase;
  state: TransferState;
  attempt: number;
  retryCount: number;
  retryAtMs: number;
  /** It was planned anew, and no record holds that yet: until then it rests (FAULTS.md P8). */
  hasUnrecordedPlan: boolean;
  /** Chunks that the destination acknowledged in this attempt. */
  acknowledged: ChunkSet;
  /** Chunks that the relay's disk holds of this attempt. */
  stored: ChunkSet;
  /** The relay's disk has, or had, something to do with this attempt. */
  usesDisk: boolean;
  /** It has a part of the window: its source was asked for it, or the relay's disk is. */
  isOnRoute: boolean;
  /** Chunks of the source that were handed on, or to the relay's disk, and not answered. */
  readonly unanswered: UnansweredChunks;
  /** Chunks that wait to be handed on from the relay's disk. */
  toDeliver: number[];
  /** Chunks from the relay's disk that were handed on, and not answered. */
  readonly delivering: UnansweredChunks;
  /** How often its destination refused what the relay's disk holds. */
  refusals: number;
  bytesTransferred: number;
  wireBytes: number;
  fileHash: string | undefined;
  chunkListHash: string | undefined;
  /** Why it failed, or what it waits for. */
  error: { readonly code: ErrorCode; readonly message: string } | undefined;
  startedAt: Date | undefined;
  endedAt: Date | undefined;
}

/** A destination had no room when it said so last. */
export interface RoomLack {
  /** Between the last look, which was in vain, and the next one. */
  pauseMs: number;
  nextLookAtMs: number;
  /** Which transfer looked last. */
  scout: ActiveTransfer | undefined;
}

/** The transfers of one run that are being sent. */
export interface Route {
  readonly sourceAgentId: number;
  transfers: number;
  /** What was handed on of them and is not answered. */
  unansweredBytes: number;
  /** The source was told of windows up to this one since the route exists. */
  largestWindowBytes: number;
  /** Chunks are handed on from the relay's disk too: that is another share of the memory. */
  isDelivering: boolean;
  /** What was handed on from the relay's disk and is not answered. */
  deliveringBytes: number;
  /** The destination is slow: what comes from the source goes to the relay's disk. */
  isSpilling: boolean;
  /** What the destination answered since this moment. */
  answeredBytes: number;
  watchedSinceMs: number;
}

/** An attempt that a connected destination keeps, in part. */
export interface KeptAttempt extends TransferRef {
  readonly runId: number;
  readonly agentId: number;
}

export interface HubState {
  /** Bytes that may be on their way through the hub's memory, all routes together. */
  readonly relayMemoryBytes: number;
  /** What of the relay's disk may be taken by what destinations cannot take now; 0 when there is none. */
  readonly relayDiskBytes: number;
  /** An agent that owes something and gives no sign for so long is stuck. */
  readonly stalledAfterMs: number;
  /** When it was looked for those that are. */
  lastLookMs: number;
  readonly online: Set<number>;
  readonly runs: Map<number, ActiveRun>;
  readonly transfers: Map<number, ActiveTransfer>;
  /** What connected destinations hold of transfers that are not in memory, by transfer. */
  readonly kept: Map<number, KeptAttempt>;
  /** What the relay's disk took of transfers that are not open, while something was being loaded; by transfer (unseen-chunks.ts). */
  readonly unseenChunks: Map<number, { readonly attempt: number; readonly indices: number[] }>;
  /** How often somebody cancelled something. */
  cancellations: number;
  /** What is being sent, by run. */
  readonly routes: Map<number, Route>;
  windowBytes: number;
  /** What differs from the database. */
  readonly changedTransfers: Set<ActiveTransfer>;
  readonly changedRuns: Set<ActiveRun>;
  /** Those among them that were planned anew. */
  readonly replannedTransfers: Set<ActiveTransfer>;
  issues: { readonly runId: number; readonly issue: RunIssue }[];
  /** The changes include a state, which people and restarts depend on, not only a counter. */
  hasUrgentChange: boolean;
  lastRecordAtMs: number;
  /** The records under way, oldest first: what they end, as it stood when they were emitted. */
  readonly recordings: {
    readonly replannedTransfers: readonly ActiveTransfer[];
    readonly endedTransfers: readonly ActiveTransfer[];
    readonly runs: readonly ActiveRun[];
    readonly settledRuns: readonly ActiveRun[];
  }[];
}

export type HubLimits = Pick<HubState, 'relayMemoryBytes' | 'relayDiskBytes' | 'stalledAfterMs'>;

export function initialHubState(limits: HubLimits): HubState {
  return {
    ...limits,
    lastLookMs: 0,
    online: new Set(),
    runs: new Map(),
    transfers: new Map(),
    kept: new Map(),
    unseenChunks: new Map(),
    cancellations: 0,
    routes: new Map(),
    windowBytes: limits.relayMemoryBytes,
    changedTransfers: new Set(),
    changedRuns: new Set(),
    replannedTransfers: new Set(),
    issues: [],
    hasUrgentChange: false,
    lastRecordAtMs: 0,
    recordings: [],
  };
}

/** A run as it enters memory: created just now, or found unsettled by a hub that started. */
export function activeRun(run: Run, nowMs: number): ActiveRun {
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
    loadsStoredOnly: false,
    passedOver: false,
    isExhausted: false,
    backlog: [],
    open: new Map(),
    openBytes: 0,
    restingTransfers: 0,
    recordingTransfers: 0,
    owedSinceMs: { source: undefined, destination: undefined },
    deliveries: new Set(),
    appearedAtMs: nowMs,
    awaitsDestination: false,
    room: undefined,
    storesAgainAtMs: 0,
  };
}
