import { FerryError } from '../../domain/common/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import { isActive, type User } from '../../domain/user/user.ts';
import type { Principal } from '../auth/principal.ts';
import { jobRunRequest } from '../job/job-run-request.ts';
import type { RunRequest, RunService } from '../run/run-service.ts';
import type { Repositories, Store } from '../store/store.ts';

/** The tick was run or let go in the meantime: by another life of the hub, or because the job was changed. */
const TICK_IS_GONE = 'tickIsGone';

export interface ScheduledRunsDependencies {
  readonly store: Store;
  readonly runs: RunService;
}

/** Runs that a schedule starts: with the rights that the job's owner has at that moment (ATTACKS.md A23). */
export class ScheduledRuns {
  readonly #store: Store;
  readonly #runs: RunService;

  constructor({ store, runs }: ScheduledRunsDependencies) {
    this.#store = store;
    this.#runs = runs;
  }

  /**
   * Starts the run of a tick, in one transaction with the note that the tick is dealt with: it happens once, or not at all. When it
   * may not or cannot start, a failed run with the reason is recorded instead.
   *
   * @param kind `due` deals with the tick itself, `queued` takes the one that waited
   * @throws what the database throws: then nothing has happened, and it may be tried again.
   */
  async start(jobId: number, tickAt: Date, kind: 'due' | 'queued'): Promise<void> {
    const job = await this.#store.jobs.getById(jobId);
    const owner = job && (await this.#store.users.getById(job.userId));
    if (job === undefined || owner === undefined) return;
    const principal = principalFor(job, owner);
    const request: RunRequest = { ...(await jobRunRequest(this.#store, job)), trigger: 'schedule', tickAt };
    const alongside = (repositories: Repositories): Promise<void> => takeTick(repositories, job, tickAt, kind);
    try {
      if (!isActive(owner)) throw new FerryError('FORBIDDEN', `The owner of this job, ${owner.email}, is disabled.`);
      await this.#runs.create(principal, request, { alongside });
    } catch (thrown) {
      if (isTickGone(thrown)) return;
      // A refusal that a person can act on; anything else is the database's, and goes away by itself.
      if (!(thrown instanceof FerryError) || thrown.code === 'INTERNAL') throw thrown;
      await this.#recordRefused(principal, request, thrown, alongside);
    }
  }

  async #recordRefused(
    principal: Principal,
    request: RunRequest,
    error: FerryError,
    alongside: (repositories: Repositories) => Promise<void>,
  ): Promise<void> {
    try {
      await this.#runs.recordRefused(principal, request, error, alongside);
    } catch (thrown) {
      if (!isTickGone(thrown)) throw thrown;
    }
  }
}

async function takeTick({ jobs }: Repositories, job: Job, tickAt: Date, kind: 'due' | 'queued'): Promise<void> {
  const isTaken = await (kind === 'due'
    ? // A tick that waited is part of the past that this run stands for.
      jobs.passTick(job.id, tickAt, undefined)
    : jobs.takeQueuedTick(job.id, tickAt));
  if (isTaken) return;
  throw new FerryError('CONFLICT', `The tick of ${tickAt.toISOString()} of job ${job.id} was dealt with already.`, {
    details: { reason: TICK_IS_GONE },
  });
}

function isTickGone(thrown: unknown): boolean {
  return thrown instanceof FerryError && thrown.details.reason === TICK_IS_GONE;
}

function principalFor(job: Job, owner: User): Principal {
  return {
    userId: owner.id,
    role: owner.role,
    email: owner.email,
    scope: 'run',
    credential: { kind: 'schedule', jobId: job.id },
  };
}
