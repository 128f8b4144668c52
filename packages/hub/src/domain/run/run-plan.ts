import type { Place } from '../common/place.ts';
import type { RunCounters } from './run.ts';
import type { RunIssue } from './tree-entry.ts';

/** What a run would do, if it were started now. Nothing of it is kept. */
export interface RunPlan {
  /** Of what a run plans: files, bytes, directories and links, and what it passes over or cannot copy. Exact when complete. */
  readonly counters: RunCounters;
  /** Whether everything was looked at; false when time ran out before. */
  readonly isComplete: boolean;
  /** Whether the destination is there to take it at this moment. */
  readonly isDestinationOnline: boolean;
  /** The first files that it would move. */
  readonly files: readonly PlannedFile[];
  /** The first things that it would pass over, or could not copy. */
  readonly issues: readonly RunIssue[];
}

export interface PlannedFile {
  readonly source: Place;
  readonly destination: Place;
  readonly sizeBytes: number;
}

/** Files, and issues, that a plan names; the others are only counted. */
export const MAX_PLAN_SAMPLE = 100;
