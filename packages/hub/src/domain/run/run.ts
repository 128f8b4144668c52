import type { ErrorCode } from '../common/errors.ts';
import type { Place } from '../common/place.ts';
import type { Compression } from '../transfer/transfer.ts';
import type { RunState } from './lifecycle.ts';

export type RunTrigger = 'manual' | 'schedule' | 'watch' | 'api';

/** What to do when a destination path is taken: replace a file, or fail with DESTINATION_EXISTS. */
export type ExistingPolicy = 'replace' | 'fail';

export interface RunOptions {
  readonly compression: Compression;
  readonly existing: ExistingPolicy;
  /** How often a transfer may start over after a retryable failure. */
  readonly maxRetries: number;
}

/** What a run has planned and done so far. Bytes are raw bytes, but for `wireBytes`. */
export interface RunCounters {
  readonly filesPlanned: number;
  readonly filesMoved: number;
  readonly filesSkipped: number;
  readonly filesFailed: number;
  readonly bytesPlanned: number;
  readonly bytesMoved: number;
  readonly wireBytes: number;
  readonly directoriesPlanned: number;
  readonly linksPlanned: number;
}

export const noCounters: RunCounters = {
  filesPlanned: 0,
  filesMoved: 0,
  filesSkipped: 0,
  filesFailed: 0,
  bytesPlanned: 0,
  bytesMoved: 0,
  wireBytes: 0,
  directoriesPlanned: 0,
  linksPlanned: 0,
};

/** One end of a run: an agent and a place on it. */
export interface Endpoint {
  readonly agentId: number;
  readonly place: Place;
}

/** One execution of a job, or one ad-hoc copy; owns its transfers and its counters. */
export interface Run {
  readonly id: number;
  readonly userId: number;
  readonly trigger: RunTrigger;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** The destination was written with a trailing slash: what is copied goes into it under its own name. */
  readonly intoDestination: boolean;
  readonly options: RunOptions;
  readonly state: RunState;
  readonly counters: RunCounters;
  readonly errorCode?: ErrorCode;
  readonly errorMessage?: string;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
}

export type NewRun = Pick<Run, 'userId' | 'trigger' | 'source' | 'destination' | 'intoDestination' | 'options'>;

/** The moving part of a run, always written whole. */
export type RunProgress = Pick<
  Run,
  'id' | 'state' | 'counters' | 'errorCode' | 'errorMessage' | 'startedAt' | 'endedAt'
>;
