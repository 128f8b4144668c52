import type { ErrorCode } from '../common/errors.ts';
import type { Place } from '../common/place.ts';
import type { JobType } from '../job/job-type.ts';
import type { Selection } from '../job/selection.ts';
import type { Compression } from '../transfer/transfer.ts';
import type { RunState } from './lifecycle.ts';

export const runTriggers = ['manual', 'schedule', 'watch', 'api'] as const;
export type RunTrigger = (typeof runTriggers)[number];

/** What to do when a destination path is taken: replace a file, or fail with DESTINATION_EXISTS. */
export const existingPolicies = ['replace', 'fail'] as const;
export type ExistingPolicy = (typeof existingPolicies)[number];

export interface RunOptions {
  readonly compression: Compression;
  readonly existing: ExistingPolicy;
  /** How often a transfer may start over after a retryable failure. */
  readonly maxRetries: number;
  /** So long after it was made, a run that has not ended fails with TIMEOUT; absent: it may take for ever. */
  readonly deadlineSeconds?: number;
}

/** A month: what takes longer is not waited for by anybody. */
export const MAX_DEADLINE_SECONDS = 31 * 24 * 60 * 60;

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

/** A transfer that failed five times more is not helped by a sixth. */
export const defaultRunOptions: RunOptions = { compression: 'auto', existing: 'replace', maxRetries: 5 };

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
  /** Absent for an ad-hoc copy, and when the job was removed since. */
  readonly jobId?: number;
  readonly trigger: RunTrigger;
  /** The tick of the job's schedule that it is the run of. */
  readonly tickAt?: Date;
  readonly type: JobType;
  readonly selection: Selection;
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
  /** When its plan was complete: every file has its transfer. */
  readonly plannedAt?: Date;
  readonly endedAt?: Date;
}

export type NewRun = Pick<
  Run,
  | 'userId'
  | 'jobId'
  | 'trigger'
  | 'tickAt'
  | 'type'
  | 'selection'
  | 'source'
  | 'destination'
  | 'intoDestination'
  | 'options'
>;

/** The moving part of a run, always written whole. */
export type RunProgress = Pick<
  Run,
  'id' | 'state' | 'counters' | 'errorCode' | 'errorMessage' | 'startedAt' | 'plannedAt' | 'endedAt'
>;
