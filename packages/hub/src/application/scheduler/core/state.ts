import type { WatchedFacts } from './events.ts';

/** A job, and what it waits for. */
export interface WatchedJob {
  readonly job: WatchedFacts;
  /** Its next tick; undefined when there is none any more. */
  readonly nextTickAt: Date | undefined;
  /** Something was asked for and is not answered. */
  readonly isBusy: boolean;
  /** A run of it ended while something was asked for: the answer may not know. */
  readonly hasEnded: boolean;
  /** After a failure of the database: nothing before. */
  readonly restsUntil: Date | undefined;
  /** For the tick that waits: a run was found under way, and its end will be told. Should that be missed, look again then. */
  readonly looksAgainAt: Date | undefined;
}

export interface SchedulerState {
  readonly jobs: Map<number, WatchedJob>;
}

export function initialSchedulerState(): SchedulerState {
  return { jobs: new Map() };
}
