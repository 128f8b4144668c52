import type { MissedTickPolicy, OverlapPolicy } from '../../domain/job/schedule.ts';
import type { SchedulerEffect, SchedulerEvent, WatchedFacts } from './core/events.ts';
import { stepScheduler } from './core/scheduler-core.ts';
import { initialSchedulerState, type SchedulerState } from './core/state.ts';
import { latestTick, nextTick } from './ticks.ts';

/** What the database knows of the one job, and the ticks that have had a run. */
export interface StoredJob {
  lastTickAt: number;
  queuedTickAt: number | undefined;
  readonly ticksRun: number[];
}

export interface SimulatedJob {
  readonly cron: string;
  readonly timeZone?: string;
  readonly overlap?: OverlapPolicy;
  readonly missed?: MissedTickPolicy;
}

/**
 * A hub with one job, for tests of the scheduler core: time passes when the test says so, the clock on the wall can be set, and the
 * hub can die and come back, also in the middle of a transaction; its database and the runs under way stay. All in milliseconds.
 */
export class SimulatedHub {
  readonly stored: StoredJob;
  /** How long a run takes that starts from now on. */
  runMs = 60_000;
  /** The hub dies at its next transaction, before or after that is durable. */
  diesAtTransaction: 'before' | 'after' | undefined;
  readonly #start: number;
  readonly #schedule: WatchedFacts['schedule'];
  #state: SchedulerState | undefined;
  /** Time that passes, whatever the wall says; timers and runs know this one. */
  #elapsed = 0;
  #wallAhead = 0;
  #wakesAt = Number.POSITIVE_INFINITY;
  #runEndsAt = Number.POSITIVE_INFINITY;

  constructor(start: number, { cron, timeZone = 'UTC', overlap = 'skip', missed = 'skip' }: SimulatedJob) {
    this.#start = start;
    this.stored = { lastTickAt: start, queuedTickAt: undefined, ticksRun: [] };
    this.#schedule = { cron, timeZone, overlap, missed };
  }

  /** What the clock on the wall shows. */
  get wall(): number {
    return this.#start + this.#elapsed + this.#wallAhead;
  }

  get isUp(): boolean {
    return this.#state !== undefined;
  }

  get isRunning(): boolean {
    return Number.isFinite(this.#runEndsAt);
  }

  start(): void {
    this.#state = initialSchedulerState();
    this.#on({ type: 'jobsAppeared', jobs: [this.#facts()] });
  }

  die(): void {
    this.#state = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  /** Sets the clock on the wall; nobody is told. */
  setClock(wall: number): void {
    this.#wallAhead = wall - this.#start - this.#elapsed;
  }

  /** Lets time pass, with all that happens on the way. */
  pass(ms: number): void {
    const end = this.#elapsed + ms;
    for (;;) {
      const next = Math.min(this.#wakesAt, this.#runEndsAt);
      if (next > end) break;
      this.#elapsed = Math.max(this.#elapsed, next);
      if (this.#runEndsAt <= this.#elapsed) {
        this.#runEndsAt = Number.POSITIVE_INFINITY;
        this.#on({ type: 'runEnded', jobId: 1 });
      } else {
        this.#wakesAt = Number.POSITIVE_INFINITY;
        this.#on({ type: 'woken' });
      }
    }
    this.#elapsed = end;
  }

  #on(event: SchedulerEvent): void {
    if (this.#state === undefined) return;
    const context = { now: new Date(this.wall), nextTick, latestTick };
    for (const effect of stepScheduler(this.#state, event, context).effects) this.#carryOut(effect);
  }

  #carryOut(effect: SchedulerEffect): void {
    if (!this.isUp) return;
    if (effect.type === 'wakeAt') {
      this.#wakesAt = this.#elapsed + effect.at.getTime() - this.wall;
    } else if (effect.type === 'look') {
      this.#on({ type: 'looked', jobId: 1, tickAt: effect.tickAt, isRunning: this.isRunning });
    } else {
      this.#transact(effect);
    }
  }

  #transact(effect: Exclude<SchedulerEffect, { type: 'wakeAt' | 'look' }>): void {
    const dies = this.diesAtTransaction;
    this.diesAtTransaction = undefined;
    if (dies !== 'before') this.#write(effect);
    if (dies === undefined) this.#on({ type: 'done', job: this.#facts() });
    else this.die();
  }

  /** As `JobRepository` promises: a tick at or before the last one changes nothing. */
  #write(effect: Exclude<SchedulerEffect, { type: 'wakeAt' | 'look' }>): void {
    const { stored } = this;
    const tick = effect.tickAt.getTime();
    if (effect.type === 'startQueued') {
      if (stored.queuedTickAt !== tick) return;
      stored.queuedTickAt = undefined;
      this.#run(tick);
    } else if (tick > stored.lastTickAt) {
      stored.lastTickAt = tick;
      stored.queuedTickAt = effect.type === 'passTick' ? effect.queuedTickAt?.getTime() : undefined;
      if (effect.type === 'startRun') this.#run(tick);
    }
  }

  #run(tick: number): void {
    this.stored.ticksRun.push(tick);
    this.#runEndsAt = this.#elapsed + this.runMs;
  }

  #facts(): WatchedFacts {
    const { lastTickAt, queuedTickAt } = this.stored;
    return {
      id: 1,
      version: 1,
      createdAt: new Date(this.#start),
      schedule: this.#schedule,
      lastTickAt: new Date(lastTickAt),
      ...(queuedTickAt !== undefined && { queuedTickAt: new Date(queuedTickAt) }),
    };
  }
}
