import { setImmediate as nextTurn } from 'node:timers/promises';
import { exhaustive } from '../../domain/common/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import { isScheduled } from '../../domain/job/scheduled-job.ts';
import type { TickFigures } from '../metrics/hub-figures.ts';
import type { RunEndListener } from '../run/run-end-listener.ts';
import type { Store } from '../store/store.ts';
import type { Alarm } from './alarm.ts';
import type { SchedulerEffect, SchedulerEvent, WatchedFacts } from './core/events.ts';
import { MAX_JOBS_PER_STEP, stepScheduler } from './core/scheduler-core.ts';
import { initialSchedulerState } from './core/state.ts';
import type { ScheduledRuns } from './scheduled-runs.ts';
import type { SchedulerListener } from './scheduler-listener.ts';
import { latestTick, nextTick, requireReadable } from './ticks.ts';

/** Jobs that are dealt with at a time: thousands may be due in the same minute, and others want the database too. */
const MAX_AT_A_TIME = 4;

export interface SchedulerDependencies {
  readonly store: Store;
  readonly runs: ScheduledRuns;
  readonly alarm: Alarm;
  /** Hears of what went wrong and is tried again. */
  readonly onFailure: (jobId: number, thrown: unknown) => void;
}

type JobEffect = Exclude<SchedulerEffect, { type: 'wakeAt' }>;

/** Runs jobs when they are due: carries out what the scheduler core decides. */
export class Scheduler implements SchedulerListener, RunEndListener {
  readonly #parts: SchedulerDependencies;
  readonly #state = initialSchedulerState();
  readonly #waiting: JobEffect[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #ticksDone = 0;
  #ticksFailed = 0;
  #isClosed = false;

  constructor(parts: SchedulerDependencies) {
    this.#parts = parts;
  }

  /**
   * Takes up every job that is active and has a schedule, with the ticks that passed while no hub was there; some at a time, so that
   * thousands of them keep nobody waiting. May be told of changes meanwhile.
   *
   * @throws what the database throws.
   */
  async start(): Promise<void> {
    const jobs = await this.#parts.store.jobs.listScheduled();
    for (let first = 0; first < jobs.length; first += MAX_JOBS_PER_STEP) {
      const some = jobs.slice(first, first + MAX_JOBS_PER_STEP);
      this.#on({ type: 'jobsAppeared', jobs: some.flatMap((job) => this.#factsOf(job) ?? []) });
      await nextTurn();
    }
  }

  jobChanged(job: Job): void {
    const facts = this.#factsOf(job);
    this.#on(facts ? { type: 'jobsAppeared', jobs: [facts] } : { type: 'jobDisappeared', jobId: job.id });
  }

  jobRemoved(jobId: number): void {
    this.#on({ type: 'jobDisappeared', jobId });
  }

  runEnded({ jobId }: { readonly jobId: number | undefined }): void {
    if (jobId !== undefined) this.#on({ type: 'runEnded', jobId });
  }

  /** Ticks that were tried since the start. */
  get ticks(): TickFigures {
    return { done: this.#ticksDone, failed: this.#ticksFailed };
  }

  /** Resolves when nothing is under way, and nothing waits for its turn. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Starts nothing more, and resolves when what it had begun is through. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#parts.alarm.stop();
    this.#waiting.length = 0;
    await this.idle();
  }

  #on(event: SchedulerEvent): void {
    if (this.#isClosed) return;
    const context = { now: this.#parts.alarm.now(), nextTick, latestTick };
    for (const effect of stepScheduler(this.#state, event, context).effects) {
      if (effect.type === 'wakeAt') this.#parts.alarm.wakeAt(effect.at, () => this.#on({ type: 'woken' }));
      else this.#waiting.push(effect);
    }
    this.#workOn();
  }

  #workOn(): void {
    while (this.#underWay.size < MAX_AT_A_TIME) {
      const effect = this.#waiting.shift();
      if (effect === undefined) return;
      const work = this.#carryOut(effect).then((answer) => {
        this.#underWay.delete(work);
        this.#on(answer);
      });
      this.#underWay.add(work);
    }
  }

  /** Never rejects: what fails is told, and tried again. */
  async #carryOut(effect: JobEffect): Promise<SchedulerEvent> {
    try {
      const answer = await this.#answer(effect);
      // To look whether a run is under way is only the first half.
      if (effect.type !== 'look') this.#ticksDone += 1;
      return answer;
    } catch (thrown) {
      this.#ticksFailed += 1;
      this.#parts.onFailure(effect.jobId, thrown);
      return { type: 'undone', jobId: effect.jobId };
    }
  }

  async #answer(effect: JobEffect): Promise<SchedulerEvent> {
    const { store, runs } = this.#parts;
    const { jobId, tickAt } = effect;
    switch (effect.type) {
      case 'look': {
        const run = await store.runs.getUnsettledByJob(jobId);
        return { type: 'looked', jobId, tickAt, isRunning: run !== undefined };
      }
      case 'passTick':
        await store.jobs.passTick(jobId, tickAt, effect.queuedTickAt);
        break;
      case 'startRun':
        await runs.start(jobId, tickAt, 'due');
        break;
      case 'startQueued':
        await runs.start(jobId, tickAt, 'queued');
        break;
      default:
        exhaustive(effect);
    }
    return this.#asItIsNow(jobId);
  }

  async #asItIsNow(jobId: number): Promise<SchedulerEvent> {
    const job = await this.#parts.store.jobs.getById(jobId);
    const facts = job && this.#factsOf(job);
    return facts ? { type: 'done', job: facts } : { type: 'jobDisappeared', jobId };
  }

  /** Undefined for a job that does not run by itself, and for one whose stored schedule nobody can read: it must not stop the others. */
  #factsOf(job: Job): WatchedFacts | undefined {
    if (!isScheduled(job)) return undefined;
    const { id, version, createdAt, schedule, lastTickAt, queuedTickAt } = job;
    try {
      requireReadable(schedule);
    } catch (thrown) {
      this.#parts.onFailure(id, thrown);
      return undefined;
    }
    return {
      id,
      version,
      createdAt,
      schedule,
      ...(lastTickAt && { lastTickAt }),
      ...(queuedTickAt && { queuedTickAt }),
    };
  }
}
