import { FerryError, type FileEntry } from '@ferryline/engine';
import type { RunPlanner } from '../../application/run/run-planner.ts';
import type { Place } from '../../domain/common/place.ts';
import { landingPlace } from '../../domain/run/landing-place.ts';
import { type NewRun, noCounters, type RunCounters } from '../../domain/run/run.ts';
import { MAX_PLAN_SAMPLE, type PlannedFile, type RunPlan } from '../../domain/run/run-plan.ts';
import type { HeldFile } from '../../domain/run/run-repository.ts';
import type { RunIssue } from '../../domain/run/tree-entry.ts';
import { heldFile } from '../engine/state/held-file.ts';
import { planPage } from '../engine/state/plan.ts';
import { scanQuestion } from '../engine/state/scan-message.ts';
import type { ScannedPage, TreeScanner } from './tree-scanner.ts';

/** A person waits for a plan, and `ferry` for 30 s; of a larger tree they see as much as was found by then. */
const DEADLINE_MS = 20_000;
const MAX_PLANS_PER_USER = 2;
/** Files at a destination that are kept in memory for comparison, some 150 bytes each. A run keeps them in the database. */
const MAX_COMPARED_FILES = 200_000;

export interface RunPlanningParts {
  readonly scanner: TreeScanner;
  readonly deadlineMs?: number;
  readonly maxComparedFiles?: number;
}

/**
 * Plans runs that are not started: asks the agents what a run would ask them, and decides with what a run decides with
 * (`engine/state/plan.ts`, `held-file.ts`), page after page, keeping only counts and the beginning.
 */
export class RunPlanning implements RunPlanner {
  readonly #scanner: TreeScanner;
  readonly #deadlineMs: number;
  readonly #maxComparedFiles: number;
  readonly #underWay = new Map<number, number>();

  constructor({ scanner, deadlineMs = DEADLINE_MS, maxComparedFiles = MAX_COMPARED_FILES }: RunPlanningParts) {
    this.#scanner = scanner;
    this.#deadlineMs = deadlineMs;
    this.#maxComparedFiles = maxComparedFiles;
  }

  async plan(run: NewRun, signal: AbortSignal): Promise<RunPlan> {
    const before = this.#underWay.get(run.userId) ?? 0;
    if (before >= MAX_PLANS_PER_USER) {
      throw new FerryError(
        'RATE_LIMITED',
        `You have ${MAX_PLANS_PER_USER} plans made at this moment. Wait for one of them.`,
      );
    }
    this.#underWay.set(run.userId, before + 1);
    try {
      return await this.#plan(run, AbortSignal.any([signal, AbortSignal.timeout(this.#deadlineMs)]));
    } finally {
      const now = (this.#underWay.get(run.userId) ?? 1) - 1;
      if (now === 0) this.#underWay.delete(run.userId);
      else this.#underWay.set(run.userId, now);
    }
  }

  async #plan(run: NewRun, stop: AbortSignal): Promise<RunPlan> {
    const held = run.type === 'pull' ? await this.#survey(run, stop) : nothingHeld;
    const files: PlannedFile[] = [];
    const issues: RunIssue[] = [];
    let counters: RunCounters = noCounters;
    let ordinal = 0;
    for await (const page of this.#scan(run, 'source', run.source.place, stop)) {
      const planned = planPage({ ...run, id: 0 }, counters, ordinal, page, positionsHeld(page, held));
      ({ counters, nextOrdinal: ordinal } = planned);
      for (const { source, destination, sizeBytes } of planned.transfers) {
        if (files.length < MAX_PLAN_SAMPLE) files.push({ source, destination, sizeBytes });
      }
      issues.push(...planned.issues.slice(0, MAX_PLAN_SAMPLE - issues.length));
    }
    const isDestinationOnline = this.#scanner.isConnected(run.destination.agentId);
    return { counters, isComplete: !stop.aborted, isDestinationOnline, files, issues };
  }

  /** What the destination holds of what the run means, as far as it is compared. */
  async #survey(run: NewRun, stop: AbortSignal): Promise<ReadonlySet<string>> {
    const held = new Set<string>();
    try {
      for await (const page of this.#scan(run, 'destination', landingPlace(run), stop)) {
        for (const file of filesOf(page)) held.add(keyOf(file));
        if (held.size > this.#maxComparedFiles) throw tooMany(this.#maxComparedFiles);
      }
    } catch (thrown) {
      // A destination where nothing is yet holds nothing, as for a run.
      if (!(thrown instanceof FerryError) || thrown.code !== 'SOURCE_NOT_FOUND') throw thrown;
    }
    return held;
  }

  #scan(run: NewRun, end: 'source' | 'destination', place: Place, stop: AbortSignal): AsyncGenerator<ScannedPage> {
    return this.#scanner.scan(run[end].agentId, scanQuestion(run.selection, place), stop);
  }
}

const nothingHeld: ReadonlySet<string> = new Set();

function filesOf(page: ScannedPage): readonly HeldFile[] {
  return page.entries.filter((entry): entry is FileEntry => entry.kind === 'file').map(heldFile);
}

function positionsHeld(page: ScannedPage, held: ReadonlySet<string>): ReadonlySet<number> {
  if (held.size === 0) return new Set();
  return new Set(filesOf(page).flatMap((file, position) => (held.has(keyOf(file)) ? [position] : [])));
}

/** No name contains a slash or a NUL. */
function keyOf({ names, sizeBytes, mtimeNs }: HeldFile): string {
  return `${names.join('/')}\0${sizeBytes}\0${mtimeNs}`;
}

function tooMany(limit: number): FerryError {
  return new FerryError(
    'TOO_LARGE',
    `The destination holds more than ${limit.toLocaleString('en')} files, more than a plan compares. Run the job: a run has no such limit.`,
  );
}
