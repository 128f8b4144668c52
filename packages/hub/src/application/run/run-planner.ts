import type { NewRun } from '../../domain/run/run.ts';
import type { RunPlan } from '../../domain/run/run-plan.ts';

/** Finds out, from the agents at this moment, what a run would do. */
export interface RunPlanner {
  /**
   * Plans a run without starting it, and without writing anything, anywhere.
   *
   * @param signal - nobody waits for the plan any more
   * @throws FerryError AGENT_OFFLINE when an agent that has to be asked is not connected; RATE_LIMITED when the user has too many plans
   *   made at this moment; TOO_LARGE when the destination of a `pull` run holds more than a plan compares; what the source answers, as in
   *   SOURCE_NOT_FOUND.
   */
  plan(run: NewRun, signal: AbortSignal): Promise<RunPlan>;
}
