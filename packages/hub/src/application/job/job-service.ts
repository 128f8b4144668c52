import { pathNames } from '../../domain/agent/locate.ts';
import { FerryError } from '../../domain/common/errors.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { Job, JobChanges, JobEndpoint, JobStatus, NewJob } from '../../domain/job/job.ts';
import { jobName } from '../../domain/job/job-name.ts';
import type { JobFilter } from '../../domain/job/job-repository.ts';
import type { JobType } from '../../domain/job/job-type.ts';
import type { Schedule } from '../../domain/job/schedule.ts';
import { defaultRunOptions, MAX_DEADLINE_SECONDS, type Run, type RunOptions } from '../../domain/run/run.ts';
import type { RunPlan } from '../../domain/run/run-plan.ts';
import type { AgentService } from '../agent/agent-service.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import { type Action, authorize } from '../auth/can.ts';
import { type Principal, visibleUserId } from '../auth/principal.ts';
import { type MadeOnce, madeEarlier, makeOnce, type OnceRequest } from '../idempotency/make-once.ts';
import { type EndpointText, type NamedEnd, routeBetween } from '../run/route.ts';
import type { RunService } from '../run/run-service.ts';
import type { SchedulerListener } from '../scheduler/scheduler-listener.ts';
import { checkWhen, nextTick, nextTicks, type When } from '../scheduler/ticks.ts';
import { staleVersion } from '../store/stale-version.ts';
import type { Store } from '../store/store.ts';
import { jobRunRequest } from './job-run-request.ts';
import type { PatternChecker } from './pattern-checker.ts';

/** What people are shown of a schedule. */
const TICKS_SHOWN = 5;
const MAX_PATTERNS = 100;
const MAX_RETRIES = 100;
/** More than anybody looks after; a program that makes jobs in a loop stops here. */
const MAX_JOBS_PER_USER = 1_000;

export interface JobServiceDependencies {
  readonly store: Store;
  readonly agents: AgentService;
  readonly runs: RunService;
  readonly patterns: PatternChecker;
  readonly scheduler: SchedulerListener;
  readonly now: () => Date;
}

export interface ScheduleRequest extends When {
  /** `skip` when absent. */
  readonly overlap?: Schedule['overlap'];
  /** `skip` when absent. */
  readonly missed?: Schedule['missed'];
}

export interface JobRequest {
  readonly name: string;
  readonly type: JobType;
  readonly source: EndpointText;
  readonly destination: EndpointText;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly options?: Partial<RunOptions>;
  /** null: it runs only when somebody says so. */
  readonly schedule?: ScheduleRequest | null;
  readonly status?: JobStatus;
}

/** Standing orders, as people write them, change them and run them. */
export class JobService {
  readonly #store: Store;
  readonly #agents: AgentService;
  readonly #runs: RunService;
  readonly #patterns: PatternChecker;
  readonly #scheduler: SchedulerListener;
  readonly #now: () => Date;

  constructor({ store, agents, runs, patterns, scheduler, now }: JobServiceDependencies) {
    this.#store = store;
    this.#agents = agents;
    this.#runs = runs;
    this.#patterns = patterns;
    this.#scheduler = scheduler;
    this.#now = now;
  }

  list(principal: Principal, filter: JobFilter, page: PageRequest<'id' | 'name'>): Promise<Page<Job>> {
    return this.#store.jobs.list(visibleUserId(principal), filter, page);
  }

  /** @throws FerryError NOT_FOUND, also for a job of somebody else. */
  get(principal: Principal, id: number): Promise<Job> {
    return this.#find(principal, id, 'read', 'see this job');
  }

  /** The jobs with these ids, by id: for showing the names of many at the price of one query. */
  async getMany(ids: Iterable<number>): Promise<ReadonlyMap<number, Job>> {
    const jobs = await this.#store.jobs.getByIds([...new Set(ids)]);
    return new Map(jobs.map((job) => [job.id, job]));
  }

  /**
   * Makes a job. Its ends are checked as a run would check them, as far as that can be done now: an agent that never connected has
   * not said yet what it allows.
   *
   * @throws FerryError VALIDATION, NOT_FOUND for an agent, FORBIDDEN for one that is not shared for that, PATH_NOT_ALLOWED, CONFLICT
   *   when the name is taken.
   */
  async create(principal: Principal, request: JobRequest, once?: OnceRequest): Promise<MadeOnce<Job>> {
    const own = { kind: 'job', ownerId: principal.userId } as const;
    authorize(principal, 'write', own, { named: 'job', doing: 'make jobs' });
    const find = (id: number) => this.#store.jobs.getById(id);
    const finding = { store: this.#store, principal, once, objectKind: 'job', find };
    const earlier = await madeEarlier(finding);
    if (earlier !== undefined) return earlier;
    const ends = await this.#ends(principal, request);
    const job: NewJob = {
      userId: principal.userId,
      name: jobName(request.name),
      type: request.type,
      ...ends,
      selection: this.#selection(request),
      options: runOptions(request.options ?? {}),
      ...(request.schedule && { schedule: schedule(request.schedule) }),
      status: request.status ?? 'active',
      lastTickAt: this.#now(),
    };
    const result = await makeOnce({
      ...finding,
      now: this.#now,
      make: async ({ jobs, audit }) => {
        if ((await jobs.countByUser(principal.userId)) >= MAX_JOBS_PER_USER) throw tooManyJobs();
        const made = await jobs.create(job);
        await audit.append(auditEvent(principal, 'job.created', subjectOf(made), { ...request }, this.#now()));
        return made;
      },
    });
    if (!result.isRepeat) this.#scheduler.jobChanged(result.made);
    return result;
  }

  /**
   * Changes a job; a run that is under way ends as it began. With another schedule, or active again after a pause, it owes no tick of
   * the past.
   *
   * @param version that the principal looked at; undefined means whatever is there now
   * @throws FerryError NOT_FOUND, FORBIDDEN; CONFLICT when it was changed since, or the name is taken; what `create` throws.
   */
  async update(
    principal: Principal,
    id: number,
    version: number | undefined,
    request: Partial<JobRequest>,
  ): Promise<Job> {
    const job = await this.#find(principal, id, 'write', 'change jobs');
    const changes = await this.#changes(principal, job, request);
    const updated = await this.#store.transaction(async ({ jobs, audit }) => {
      const changed = await jobs.update(id, version ?? job.version, changes);
      if (changed === undefined) throw staleVersion(`Job "${job.name}"`, job.version);
      await audit.append(auditEvent(principal, 'job.changed', subjectOf(job), { changes: request }, this.#now()));
      return changed;
    });
    this.#scheduler.jobChanged(updated);
    return updated;
  }

  /**
   * Removes a job; its runs stay, and no longer name it.
   *
   * @param version that the principal looked at; left out means whatever is there now
   * @throws FerryError NOT_FOUND, FORBIDDEN; CONFLICT when it was changed since.
   */
  async delete(principal: Principal, id: number, version?: number): Promise<void> {
    const job = await this.#find(principal, id, 'write', 'remove jobs');
    await this.#store.transaction(async ({ jobs, audit }) => {
      if (!(await jobs.delete(id, version))) throw staleVersion(`Job "${job.name}"`, job.version);
      await audit.append(auditEvent(principal, 'job.removed', subjectOf(job), {}, this.#now()));
    });
    this.#scheduler.jobRemoved(id);
  }

  /** Runs a job now, paused or not, whether or not a run of it is under way. @throws FerryError what `RunService.create` throws. */
  async run(
    principal: Principal,
    id: number,
    { trigger }: { readonly trigger: 'manual' | 'api' },
    once?: OnceRequest,
  ): Promise<MadeOnce<Run>> {
    const job = await this.#find(principal, id, 'run', 'run jobs');
    const request = { ...(await jobRunRequest(this.#store, job)), trigger };
    return this.#runs.create(principal, request, once === undefined ? {} : { once });
  }

  /** What a run of the job would do now; nothing is kept of it. @throws FerryError what `RunService.plan` throws. */
  async plan(principal: Principal, id: number, signal: AbortSignal): Promise<RunPlan> {
    const job = await this.#find(principal, id, 'run', 'plan jobs');
    return this.#runs.plan(principal, { ...(await jobRunRequest(this.#store, job)), trigger: 'manual' }, signal);
  }

  /** When the job runs next by itself, five times ahead; none for a job without a schedule, or paused. @throws FerryError NOT_FOUND. */
  async nextTimes(principal: Principal, id: number): Promise<readonly Date[]> {
    const job = await this.get(principal, id);
    if (job.schedule === undefined || job.status === 'paused') return [];
    return nextTicks(job.schedule, this.#now(), TICKS_SHOWN);
  }

  /** When the job runs next by itself. */
  nextTime({ schedule, status }: Job): Date | undefined {
    return schedule === undefined || status === 'paused' ? undefined : nextTick(schedule, this.#now());
  }

  /** When a schedule would be due, five times ahead. @throws FerryError VALIDATION. */
  previewSchedule(when: When): readonly Date[] {
    checkWhen(when);
    return nextTicks(when, this.#now(), TICKS_SHOWN);
  }

  async #changes(principal: Principal, job: Job, request: Partial<JobRequest>): Promise<JobChanges> {
    const { name, type, source, destination, include, exclude, options, status } = request;
    const movesEnds = source !== undefined || destination !== undefined;
    const { include: includeNow, exclude: excludeNow } = job.selection;
    const isResumed = status === 'active' && job.status === 'paused';
    return {
      ...(name !== undefined && { name: jobName(name) }),
      ...(type !== undefined && { type }),
      ...(movesEnds && (await this.#ends(principal, { ...(await this.#endTexts(job)), ...request }))),
      ...((include ?? exclude) !== undefined && {
        selection: this.#selection({ include: include ?? includeNow, exclude: exclude ?? excludeNow }),
      }),
      ...(options !== undefined && { options: runOptions({ ...job.options, ...options }) }),
      ...(status !== undefined && { status }),
      ...(request.schedule !== undefined && { schedule: request.schedule && schedule(request.schedule) }),
      ...((isResumed || request.schedule !== undefined) && { lastTickAt: this.#now() }),
    };
  }

  async #endTexts(job: Job): Promise<Pick<JobRequest, 'source' | 'destination'>> {
    const { source, destination } = await jobRunRequest(this.#store, job);
    return { source, destination };
  }

  async #ends(
    principal: Principal,
    { source, destination }: Pick<JobRequest, 'source' | 'destination'>,
  ): Promise<{ readonly source: JobEndpoint; readonly destination: JobEndpoint }> {
    const from: NamedEnd = { agent: await this.#agents.getByName(principal, source.agent, 'run'), path: source.path };
    const to: NamedEnd = {
      agent: await this.#agents.getByName(principal, destination.agent, 'fill'),
      path: destination.path,
    };
    for (const { path } of [from, to]) pathNames(path);
    if (from.agent.info !== undefined && to.agent.info !== undefined) routeBetween(from, to);
    return {
      source: { agentId: from.agent.id, path: from.path },
      destination: { agentId: to.agent.id, path: to.path },
    };
  }

  #selection({ include = [], exclude = [] }: Pick<JobRequest, 'include' | 'exclude'>): Job['selection'] {
    if (include.length > MAX_PATTERNS || exclude.length > MAX_PATTERNS) {
      throw new FerryError(
        'VALIDATION',
        `A job has at most ${MAX_PATTERNS} patterns to include, and as many to exclude.`,
      );
    }
    for (const pattern of [...include, ...exclude]) this.#patterns.check(pattern);
    return { include, exclude };
  }

  async #find(principal: Principal, id: number, action: Action, doing: string): Promise<Job> {
    const job = await this.#store.jobs.getById(id);
    if (job === undefined) throw new FerryError('NOT_FOUND', `There is no job ${id}.`);
    authorize(principal, action, { kind: 'job', ownerId: job.userId }, { named: `job ${id}`, doing });
    return job;
  }
}

function schedule({ cron, timeZone, overlap = 'skip', missed = 'skip' }: ScheduleRequest): Schedule {
  checkWhen({ cron, timeZone });
  return { cron: cron.trim(), timeZone, overlap, missed };
}

function runOptions(given: Partial<RunOptions>): RunOptions {
  const options = { ...defaultRunOptions, ...given };
  requireWithin('maxRetries', options.maxRetries, 0, MAX_RETRIES);
  if (options.deadlineSeconds !== undefined) {
    requireWithin('deadlineSeconds', options.deadlineSeconds, 1, MAX_DEADLINE_SECONDS);
  }
  return options;
}

function requireWithin(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new FerryError('VALIDATION', `${name} takes a whole number from ${min} to ${max}, not ${value}.`);
}

function tooManyJobs(): FerryError {
  return new FerryError(
    'CONFLICT',
    `You have ${MAX_JOBS_PER_USER} jobs, which is all one user can have. Remove some first.`,
  );
}

function subjectOf({ id, name }: Job) {
  return { kind: 'job', id: String(id), name } as const;
}
