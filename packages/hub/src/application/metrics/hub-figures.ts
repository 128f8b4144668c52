import type { TransportMode } from '../../domain/agent/agent.ts';
import type { RunState } from '../../domain/run/lifecycle.ts';
import type { TransferState } from '../../domain/transfer/lifecycle.ts';

/** How many are in each state; one that is not named has none. */
export type CountByState<State extends string> = Readonly<Partial<Record<State, number>>>;

/** Runs and transfers, as whoever carries them out knows them. */
export interface WorkFigures {
  /** Those that have not ended. */
  readonly runs: CountByState<RunState>;
  readonly transfers: CountByState<TransferState>;
  /** Those that ended since the hub started, each time that they did. */
  readonly endedRuns: CountByState<RunState>;
  readonly endedTransfers: CountByState<TransferState>;
}

/** What went through the hub since it started. */
export interface RelayFigures {
  /** Raw bytes that destinations acknowledged; a chunk that is acknowledged in two attempts counts twice. */
  readonly rawBytes: number;
  /** Bytes of chunks that came from sources, compressed, with their headers. */
  readonly wireBytes: number;
  readonly chunksForwarded: number;
  /** Refused by a destination, or damaged on the way to the hub. */
  readonly chunksRefused: number;
}

/** What waits on the relay's disk, and what went wrong with it since the hub started. */
export interface RelayDiskFigures {
  /** Bytes that its files have. */
  readonly usedBytes: number;
  /** Bytes that are kept for transfers under way, and not stored yet. */
  readonly reservedBytes: number;
  /** Bytes that its files may have, as configured. */
  readonly quotaBytes: number;
  /** Stored chunks that were damaged, or gone, when they were to be read. */
  readonly lostChunks: number;
  /** Files that the disk refused to write or to sync, and that take no more. */
  readonly refusedFiles: number;
}

/** What was dealt with since the hub started. */
export interface TickFigures {
  /** Looked at and left, passed, or turned into a run. */
  readonly done: number;
  /** Tries that failed; a tick that fails is tried again. */
  readonly failed: number;
}

/**
 * What the hub counts about itself. All but `agentsOnline` is in memory, so that asking costs the same with a million transfers as
 * with none.
 */
export interface HubFigures {
  /** From the table of agents, which has a row for each machine. */
  agentsOnline(): Promise<Readonly<Partial<Record<TransportMode, number>>>>;
  work(): WorkFigures;
  relay(): RelayFigures;
  /** Bytes that wait in the hub for a slow destination or source. */
  relayWaitingBytes(): number;
  /** Bytes that may wait there, as configured. */
  readonly relayMemoryBytes: number;
  /** Absent: nothing is stored on disk. */
  relayDisk?(): RelayDiskFigures;
  ticks(): TickFigures;
  signInFailures(): number;
  databaseFailures(): number;
  eventStreams(): number;
}
