import { noCounters } from '../../domain/run/run.ts';
import type { RunPlanner } from './run-planner.ts';

/** Finds that there is nothing to do, for tests in which no agent is connected. */
export const examplePlanner: RunPlanner = {
  plan: async () => ({ counters: noCounters, isComplete: true, isDestinationOnline: true, files: [], issues: [] }),
};
