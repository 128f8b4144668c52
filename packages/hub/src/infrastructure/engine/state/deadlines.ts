import { failRun } from './driving.ts';
import type { Step } from './step.ts';

/** Ends the runs that have not come to their end by when they should have, whoever is away (FAULTS.md L1). */
export function endOverdue(step: Step): void {
  for (const run of step.state.runs.values()) {
    const { deadlineSeconds } = run.run.options;
    if (deadlineSeconds === undefined || run.phase === 'settled') continue;
    if (step.nowMs < run.run.createdAt.getTime() + 1_000 * deadlineSeconds) continue;
    const message = `The run was not done ${deadlineSeconds} s after it was started, which is its deadline.`;
    failRun(step, run, { code: 'TIMEOUT', message });
  }
}
