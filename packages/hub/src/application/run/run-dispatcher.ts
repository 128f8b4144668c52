import type { Run } from '../../domain/run/run.ts';

/** Who carries runs out. Told only after the database says so; what it misses it finds there at its next start. */
export interface RunDispatcher {
  /** A run exists, `planning`. */
  runCreated(run: Run): void;
  /** A run was cancelled, with its unsettled transfers. */
  runCancelled(runId: number): void;
}
