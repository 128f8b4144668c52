import type { AgentMessage, HubMessage } from '@ferryline/engine';
import { landingPlace } from '../../../domain/run/landing-place.ts';
import type { TreeEntry } from '../../../domain/run/tree-entry.ts';
import type { ActiveRun } from './hub-state.ts';
import { keptIssues } from './plan-limits.ts';
import { toRootPath } from './root-path.ts';
import type { Step } from './step.ts';
import { touchRun } from './step.ts';

/** Directories and links of a run: made, parents first, before files move; sealed, children first, after the last one. */

const TREE_PAGE_ENTRIES = 500;

/** Loads the next page of tree entries to arrange or to seal. */
export function loadTreePage(step: Step, run: ActiveRun): void {
  if (run.treeBusy) return;
  run.treeBusy = true;
  run.treePage += 1;
  step.effects.push({
    type: 'loadTreeEntries',
    runId: run.run.id,
    page: run.treePage,
    request: {
      beyond: run.treeBeyond,
      order: run.phase === 'sealing' ? 'childrenFirst' : 'parentsFirst',
      limit: TREE_PAGE_ENTRIES,
    },
  });
}

/** Begins to arrange, or to seal: from the first page. */
export function enterTreePhase(run: ActiveRun, phase: 'arranging' | 'sealing'): void {
  run.phase = phase;
  run.treeBeyond = phase === 'sealing' ? Number.MAX_SAFE_INTEGER : -1;
  run.treeBusy = false;
}

/** A page is loaded: hands it to the destination. Returns whether that was beyond the last one. */
export function onTreeEntriesLoaded(step: Step, run: ActiveRun, entries: readonly TreeEntry[]): 'more' | 'done' {
  const last = entries.at(-1);
  if (last === undefined) {
    run.treeBusy = false;
    return 'done';
  }
  run.treeBeyond = last.ordinal;
  step.effects.push({
    type: 'sendMessage',
    agentId: run.run.destination.agentId,
    message: run.phase === 'sealing' ? sealMessage(run, entries) : arrangeMessage(run, entries),
  });
  return 'more';
}

/** The destination answered a page: its failures become issues of the run. */
export function onTreePageDone(
  step: Step,
  run: ActiveRun,
  message: Extract<AgentMessage, { type: 'arranged' | 'sealed' }>,
): void {
  if (message.page !== run.treePage) return;
  run.treeBusy = false;
  if (message.failures.length === 0) return;
  run.hasTreeProblems = true;
  for (const { path, code, message: text } of keptIssues(run, message.failures)) {
    step.state.issues.push({ runId: run.run.id, issue: { path, code, message: text } });
  }
  touchRun(step, run, 'urgent');
}

function arrangeMessage(run: ActiveRun, entries: readonly TreeEntry[]): HubMessage {
  return {
    type: 'arrange',
    run: run.run.id,
    page: run.treePage,
    into: toRootPath(landingPlace(run.run)),
    directories: entries.flatMap((entry) => (entry.kind === 'directory' ? [{ names: [...entry.names] }] : [])),
    links: entries.flatMap((entry) =>
      entry.kind === 'symlink' ? [{ names: [...entry.names], target: entry.target }] : [],
    ),
    existing: run.run.options.existing,
  };
}

function sealMessage(run: ActiveRun, entries: readonly TreeEntry[]): HubMessage {
  return {
    type: 'seal',
    run: run.run.id,
    page: run.treePage,
    into: toRootPath(landingPlace(run.run)),
    directories: entries.flatMap((entry) =>
      entry.kind === 'directory' ? [{ names: [...entry.names], mode: entry.mode, mtimeNs: entry.mtimeNs }] : [],
    ),
  };
}
