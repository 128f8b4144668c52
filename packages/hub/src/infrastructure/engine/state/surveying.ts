import type { Failure, FileEntry } from '@ferryline/engine';
import { landingPlace } from '../../../domain/run/landing-place.ts';
import { heldFile } from './held-file.ts';
import type { ActiveRun, EntriesPage } from './hub-state.ts';
import { isWithinPages } from './plan-limits.ts';
import { scanMessage } from './scan-message.ts';
import { beginPages, endOverhasty, takePage } from './scanning.ts';
import type { Step } from './step.ts';

/** A `pull` run begins by asking its destination what it holds, so that only what differs is planned. */

/** Asks the destination what is where the copy goes. */
export function startSurvey(step: Step, run: ActiveRun): void {
  run.phase = 'surveying';
  beginPages(run);
  run.startedAt ??= new Date(step.nowMs);
  step.effects.push({
    type: 'sendMessage',
    agentId: run.run.destination.agentId,
    message: scanMessage(run, landingPlace(run.run)),
  });
}

/**
 * One page of what the destination holds: stored, and acknowledged when stored.
 *
 * @returns why the run cannot go on, if it cannot
 */
export function onSurveyEntries(step: Step, run: ActiveRun, message: EntriesPage): Failure | undefined {
  if (run.phase !== 'surveying' || message.page !== run.nextPage) return undefined;
  if (!isWithinPages(run, message)) return endOverhasty(step, run.run.destination.agentId);
  const failure = takePage(run, message);
  if (failure !== undefined) return failure;
  run.planIsPartial = true;
  const files = message.entries.filter((entry): entry is FileEntry => entry.kind === 'file').map(heldFile);
  step.effects.push({ type: 'storeHeldFiles', runId: run.run.id, files, page: message.page, last: message.last });
  return undefined;
}

/** A page is stored: the destination may send on. Returns whether it was the last one. */
export function onHeldFilesStored(step: Step, run: ActiveRun, page: number, last: boolean): 'more' | 'done' {
  if (run.phase !== 'surveying') return 'more';
  run.takenPage = page;
  if (last) return 'done';
  step.effects.push({
    type: 'sendMessage',
    agentId: run.run.destination.agentId,
    message: { type: 'entriesTaken', run: run.run.id, page },
  });
  return 'more';
}
