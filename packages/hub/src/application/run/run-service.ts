import { FerryError } from '../../domain/common/errors.ts';
import { move } from '../../domain/common/lifecycle.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { JobType } from '../../domain/job/job-type.ts';
import { everything, type Selection } from '../../domain/job/selection.ts';
import { runMoves } from '../../domain/run/lifecycle.ts';
import { defaultRunOptions, type NewRun, type Run, type RunOptions, type RunTrigger } from '../../domain/run/run.ts';
import type { RunPlan } from '../../domain/run/run-plan.ts';
import type { RunFilter } from '../../domain/run/run-repository.ts';
import type { RunIssue } from '../../domain/run/tree-entry.ts';
import type { AgentService } from '../agent/agent-service.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import { type Action, authorize } from '../auth/can.ts';
import { type Principal, visibleUserId } from '../auth/principal.ts';
import { type MadeOnce, madeEarlier, makeOnce, type OnceRequest } from '../idempotency/make-once.ts';
import type { PatternChecker } from '../job/pattern-checker.ts';
import type { Repositories, Store } from '../store/store.ts';
import { requireEnds } from './end-rights.ts';
import { type EndpointText, routeBetween } from './route.ts';
import type { RunDispatcher } from './run-dispatcher.ts';
import type { RunPlanner } from './run-planner.ts';

/** Each of them keeps a plan in the database and transfers in memory (ATTACKS.md A51). People wait for a few; a script is to wait. */
const MAX_OPEN_RUNS = 1_000;

export interface RunServiceDependencies {
  readonly store: Store;
  readonly agents: AgentService;
  readonly patterns: PatternChecker;
  readonly planner: RunPlanner;
  readonly dispatcher: RunDispatcher;
  readonly now: () => Date;
}

export interface RunRequest {
  readonly trigger: RunTrigger;
  readonly source: EndpointText;
  readonly destination: EndpointText;
  readonly options?: Partial<RunOptions>;
  /** `push` when absent. */
  readonly type?: JobType;
  /** Everything when absent. */
  readonly selection?: Selection;
  readonly jobId?: number;
  readonly tickAt?: Date;
}

export interface RunCreation {
  readonly once?: OnceRequest;
  /** What else the transaction does, before the run is made in it; what it throws undoes all. */
  readonly alongside?: (repositories: Repositories) => Promise<void>;
}

type RunSort = 'id' | 'bytesMoved' | 'filesPlanned';

/** Runs, as people ask for them and look at them. */
export class RunService {
  readonly #store: Store;
  readonly #agents: AgentService;
  readonly #patterns: PatternChecker;
  readonly #planner: RunPlanner;
  readonly #dispatcher: RunDispatcher;
  readonly #now: () => Date;

  constructor({ store, agents, patterns, planner, dispatcher, now }: RunServiceDependencies) {
    this.#store = store;
    this.#agents = agents;
    this.#patterns = patterns;
    this.#planner = planner;
    this.#dispatcher = dispatcher;
    this.#now = now;
  }

  /**
   * Starts a run, of a job or an ad-hoc copy: what is returned is durable and will reach an end (FAULTS.md A0). Agents need not be
   * connected now, but must have been once, because only they know their roots.
   *
   * @throws FerryError NOT_FOUND for an unknown agent, FORBIDDEN for one that is not shared for that, AGENT_OFFLINE for one that
   *   never connected, PATH_NOT_ALLOWED and VALIDATION for paths and patterns, CONFLICT when the job's tick has its run already,
   *   RATE_LIMITED when too many runs of theirs have not ended.
   */
  async create(
    principal: Principal,
    request: RunRequest,
    { once, alongside }: RunCreation = {},
  ): Promise<MadeOnce<Run>> {
    const finding = this.#finding(principal, once);
    const earlier = await madeEarlier(finding);
    if (earlier !== undefined) return earlier;
    const run = await this.#prepare(principal, request);
    const result = await makeOnce({
      ...finding,
      now: this.#now,
      make: async (repositories) => {
        await alongside?.(repositories);
        await requireRoom(repositories, principal.userId);
        const made = await repositories.runs.create(run);
        await repositories.audit.append(
          auditEvent(principal, 'run.started', subjectOf(made), factsOf(request), this.#now()),
        );
        return made;
      },
    });
    if (!result.isRepeat) this.#dispatcher.runAppeared(result.made);
    return result;
  }

  /** Records a run of a job that could not even start, so that people see it among the others: `failed`, with the reason. */
  async recordRefused(
    principal: Principal,
    request: RunRequest,
    error: FerryError,
    alongside?: RunCreation['alongside'],
  ): Promise<Run> {
    const { agents } = this.#store;
    const [source, destination] = await Promise.all([
      agents.getByName(request.source.agent),
      agents.getByName(request.destination.agent),
    ]);
    if (source === undefined || destination === undefined) throw error;
    // The paths as written: which root they would have been below is not known.
    const run: NewRun = {
      ...this.#newRun(principal, request),
      source: { agentId: source.id, place: { root: request.source.path, names: [] } },
      destination: { agentId: destination.id, place: { root: request.destination.path, names: [] } },
      intoDestination: false,
    };
    return this.#store.transaction(async (repositories) => {
      await alongside?.(repositories);
      const failure = { code: error.code, message: error.message };
      const made = await repositories.runs.createFailed(run, failure);
      const facts = { ...factsOf(request), ...failure };
      await repositories.audit.append(auditEvent(principal, 'run.refused', subjectOf(made), facts, this.#now()));
      return made;
    });
  }

  /**
   * What a run would do if it were started now; nothing is kept of it.
   *
   * @throws FerryError what `create` throws for agents, paths and patterns, and what `RunPlanner.plan` throws.
   */
  async plan(principal: Principal, request: RunRequest, signal: AbortSignal): Promise<RunPlan> {
    return this.#planner.plan(await this.#prepare(principal, request), signal);
  }

  list(principal: Principal, filter: RunFilter, page: PageRequest<RunSort>): Promise<Page<Run>> {
    return this.#store.runs.list(visibleUserId(principal), filter, page);
  }

  /** @throws FerryError NOT_FOUND, also for a run of somebody else. */
  get(principal: Principal, id: number): Promise<Run> {
    return this.#find(principal, id, 'read', 'see this run');
  }

  /** Cancels a run and its unsettled transfers. @throws FerryError NOT_FOUND, FORBIDDEN; CONFLICT when it has ended already. */
  async cancel(principal: Principal, id: number): Promise<Run> {
    await this.#find(principal, id, 'run', 'cancel runs');
    const cancelled = await this.#store.transaction(async ({ runs, audit }) => {
      const isCancelled = await runs.cancel(id, `Cancelled by ${principal.email}.`, this.#now());
      const run = await runs.getById(id);
      if (run === undefined) throw new FerryError('NOT_FOUND', `There is no run ${id}.`);
      if (!isCancelled) move(`Run ${id}`, runMoves, run.state, 'cancelled');
      await audit.append(auditEvent(principal, 'run.cancelled', subjectOf(run), {}, this.#now()));
      return run;
    });
    this.#dispatcher.runCancelled(id);
    return cancelled;
  }

  /**
   * Takes up what failed of a run that has ended: its failed transfers, or the whole run when it failed before its plan was complete.
   *
   * @throws FerryError NOT_FOUND; FORBIDDEN, also when one of its agents is not shared with the principal any more; CONFLICT when
   *   nothing of it failed, or it has not ended.
   */
  async retry(principal: Principal, id: number, once?: OnceRequest): Promise<MadeOnce<Run>> {
    const { source, destination } = await this.#find(principal, id, 'run', 'retry runs');
    const ends = { sourceAgentId: source.agentId, destinationAgentId: destination.agentId };
    let retriedTransfers = 0;
    const result = await makeOnce({
      ...this.#finding(principal, once),
      now: this.#now,
      make: async (repositories) => {
        const { runs, audit } = repositories;
        await requireEnds(repositories, principal, ends);
        const retried = await runs.retry(id);
        if (retried === undefined) throw nothingToRetry(id, await runs.getById(id));
        const { run } = retried;
        retriedTransfers = retried.retriedTransfers;
        await audit.append(auditEvent(principal, 'run.retried', subjectOf(run), {}, this.#now()));
        return run;
      },
    });
    if (!result.isRepeat) this.#dispatcher.runRetried(result.made, retriedTransfers);
    return result;
  }

  /** What the run did not copy, or could not, oldest first. @throws FerryError NOT_FOUND. */
  async issues(principal: Principal, id: number, page: PageRequest): Promise<Page<RunIssue>> {
    await this.get(principal, id);
    return this.#store.runs.listIssues(id, page);
  }

  #finding(principal: Principal, once: OnceRequest | undefined) {
    const find = (id: number) => this.#store.runs.getById(id);
    return { store: this.#store, principal, once, objectKind: 'run', find };
  }

  async #prepare(principal: Principal, request: RunRequest): Promise<NewRun> {
    const { source, destination, selection = everything } = request;
    for (const pattern of [...selection.include, ...selection.exclude]) this.#patterns.check(pattern);
    const from = await this.#agents.getByName(principal, source.agent, 'run');
    const to = await this.#agents.getByName(principal, destination.agent, 'fill');
    const route = routeBetween({ agent: from, path: source.path }, { agent: to, path: destination.path });
    return { ...this.#newRun(principal, request), ...route };
  }

  #newRun(
    principal: Principal,
    { trigger, options, type = 'push', selection = everything, jobId, tickAt }: RunRequest,
  ): Omit<NewRun, 'source' | 'destination' | 'intoDestination'> {
    return {
      userId: principal.userId,
      trigger,
      type,
      selection,
      options: { ...defaultRunOptions, ...options },
      ...(jobId !== undefined && { jobId }),
      ...(tickAt !== undefined && { tickAt }),
    };
  }

  async #find(principal: Principal, id: number, action: Action, doing: string): Promise<Run> {
    const run = await this.#store.runs.getById(id);
    if (run === undefined) throw new FerryError('NOT_FOUND', `There is no run ${id}.`);
    authorize(principal, action, { kind: 'run', ownerId: run.userId }, { named: `run ${id}`, doing });
    return run;
  }
}

function subjectOf({ id }: Run) {
  return { kind: 'run', id: String(id) } as const;
}

function factsOf({ trigger, source, destination, jobId, tickAt }: RunRequest) {
  return {
    trigger,
    source: `${source.agent}:${source.path}`,
    destination: `${destination.agent}:${destination.path}`,
    ...(jobId !== undefined && { job: jobId }),
    ...(tickAt !== undefined && { tick: tickAt.toISOString() }),
  };
}

function nothingToRetry(id: number, run: Run | undefined): FerryError {
  if (run?.state === 'planning' || run?.state === 'running') {
    return new FerryError('CONFLICT', `Run ${id} is ${run.state}. What fails can be tried again when it has ended.`);
  }
  return new FerryError('CONFLICT', `Run ${id} is ${run?.state}, and nothing of it failed. Start a new one instead.`);
}

async function requireRoom({ runs }: Repositories, userId: number): Promise<void> {
  if ((await runs.countUnsettled(userId)) < MAX_OPEN_RUNS) return;
  throw new FerryError(
    'RATE_LIMITED',
    `You have ${MAX_OPEN_RUNS.toLocaleString('en')} runs that have not ended, and may have no more. Wait for some of them, or cancel them.`,
  );
}
