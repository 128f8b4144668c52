import { locate } from '../../domain/agent/locate.ts';
import { FerryError } from '../../domain/common/errors.ts';
import { move } from '../../domain/common/lifecycle.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { overlaps } from '../../domain/run/landing-place.ts';
import { type RunState, runMoves } from '../../domain/run/lifecycle.ts';
import type { Run, RunOptions, RunTrigger } from '../../domain/run/run.ts';
import type { RunRepository } from '../../domain/run/run-repository.ts';
import type { RunIssue } from '../../domain/run/tree-entry.ts';
import type { AgentService } from '../agent/agent-service.ts';
import { type Principal, visibleUserId } from '../auth/principal.ts';
import type { RunDispatcher } from './run-dispatcher.ts';

/** A transfer that failed five times more is not helped by a sixth. */
const DEFAULT_MAX_RETRIES = 5;

export interface RunServiceDependencies {
  readonly runs: RunRepository;
  readonly agentService: AgentService;
  readonly dispatcher: RunDispatcher;
  readonly now: () => Date;
}

/** One end of a run as people write it: `agent:path`. */
export interface EndpointText {
  /** The agent's name. */
  readonly agent: string;
  /** An absolute path on it. A destination with a trailing slash takes what is copied under its own name. */
  readonly path: string;
}

export interface RunRequest {
  readonly trigger: RunTrigger;
  readonly source: EndpointText;
  readonly destination: EndpointText;
  readonly options?: Partial<RunOptions>;
}

/** Runs, as people ask for them and look at them. */
export class RunService {
  readonly #runs: RunRepository;
  readonly #agentService: AgentService;
  readonly #dispatcher: RunDispatcher;
  readonly #now: () => Date;

  constructor({ runs, agentService, dispatcher, now }: RunServiceDependencies) {
    this.#runs = runs;
    this.#agentService = agentService;
    this.#dispatcher = dispatcher;
    this.#now = now;
  }

  /**
   * Starts an ad-hoc copy: what is returned is durable and will reach an end (FAULTS.md A0). Agents need not be connected now, but
   * must have been once, because only they know their roots.
   *
   * @throws FerryError NOT_FOUND for an unknown agent, AGENT_OFFLINE for one that never connected, PATH_NOT_ALLOWED and VALIDATION
   *   for paths (see `locate`), VALIDATION when source and destination overlap.
   */
  async create(principal: Principal, request: RunRequest): Promise<Run> {
    const [sourceAgent, destinationAgent] = await Promise.all([
      this.#agentService.getByName(request.source.agent),
      this.#agentService.getByName(request.destination.agent),
    ]);
    const from = locate(sourceAgent, request.source.path);
    const to = locate(destinationAgent, request.destination.path);
    if (to.root.access !== 'rw') {
      throw new FerryError(
        'PATH_NOT_ALLOWED',
        `Agent ${destinationAgent.name} opens ${to.root.path} for reading only, so nothing can be written to ${request.destination.path}. Its own configuration decides that.`,
        { details: { agent: destinationAgent.name, path: request.destination.path, root: to.root.path } },
      );
    }
    const route = {
      source: { agentId: sourceAgent.id, place: from.place },
      destination: { agentId: destinationAgent.id, place: to.place },
      intoDestination: to.trailingSlash,
    };
    if (overlaps(route)) {
      throw new FerryError(
        'VALIDATION',
        `On ${sourceAgent.name}, ${request.source.path} and ${request.destination.path} lie one inside the other. Choose a destination apart from the source.`,
      );
    }
    const { compression = 'auto', existing = 'replace', maxRetries = DEFAULT_MAX_RETRIES } = request.options ?? {};
    const run = await this.#runs.create({
      userId: principal.userId,
      trigger: request.trigger,
      ...route,
      options: { compression, existing, maxRetries },
    });
    this.#dispatcher.runCreated(run);
    return run;
  }

  list(principal: Principal, filter: { readonly state?: RunState }, page: PageRequest): Promise<Page<Run>> {
    return this.#runs.list(visibleUserId(principal), filter, page);
  }

  /** @throws FerryError NOT_FOUND, also for a run of somebody else. */
  async get(principal: Principal, id: number): Promise<Run> {
    const userId = visibleUserId(principal);
    const run = await (userId === undefined ? this.#runs.getById(id) : this.#runs.getByIdForUser(id, userId));
    if (run === undefined) throw new FerryError('NOT_FOUND', `There is no run ${id}.`);
    return run;
  }

  /** Cancels a run and its unsettled transfers. @throws FerryError NOT_FOUND; CONFLICT when it has ended already. */
  async cancel(principal: Principal, id: number): Promise<Run> {
    await this.get(principal, id);
    const isCancelled = await this.#runs.cancel(id, `Cancelled by ${principal.email}.`, this.#now());
    const run = await this.get(principal, id);
    if (!isCancelled) move(`Run ${id}`, runMoves, run.state, 'cancelled');
    this.#dispatcher.runCancelled(id);
    return run;
  }

  /** What the run did not copy, or could not, oldest first. @throws FerryError NOT_FOUND. */
  async issues(principal: Principal, id: number, page: PageRequest): Promise<Page<RunIssue>> {
    await this.get(principal, id);
    return this.#runs.listIssues(id, page);
  }
}
