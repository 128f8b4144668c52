import { FerryError } from '../../domain/common/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import { isScheduled } from '../../domain/job/scheduled-job.ts';
import { isActive, type User } from '../../domain/user/user.ts';
import type { Principal } from '../auth/principal.ts';
import { jobRunRequest } from '../job/job-run-request.ts';
import { type Ends, requireEnds } from '../run/end-rights.ts';
import type { RunRequest, RunService } from '../run/run-service.ts';
import type { Store } from '../store/store.ts';
import { isTickGone, type TakenTick, takeTick } from './taken-tick.ts';

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
   * may not or cannot start, a failed run with the reason is recorded instead. Nothing happens for a job that was paused or removed,
   * or is changed at this moment.
   *
   * @param kind `due` deals with the tick itself, `queued` takes the one that waited
   * @throws what the database throws: then nothing has happened, and it may be tried again.
   */
  async start(jobId: number, tickAt: Date, kind: TakenTick['kind']): Promise<void> {
    const job = await this.#store.jobs.getById(jobId);
    if (job === undefined || !isScheduled(job)) return;
    const owner = await this.#store.users.getById(job.userId);
    if (owner === undefined) return;
    const principal = principalFor(job, owner);
    const request: RunRequest = { ...(await jobRunRequest(this.#store, job)), trigger: 'schedule', tickAt };
    const tick: TakenTick = { job, tickAt, kind };
    try {
      if (!isActive(owner)) throw new FerryError('FORBIDDEN', `The owner of this job, ${owner.email}, is disabled.`);
      await requireEnds(this.#store, principal, endsOf(job));
      await this.#runs.create(principal, request, { alongside: (repositories) => takeTick(repositories, tick) });
    } catch (thrown) {
      if (isTickGone(thrown)) return;
      // A refusal that a person can act on; anything else is the database's, and goes away by itself.
      if (!(thrown instanceof FerryError) || thrown.code === 'INTERNAL') throw thrown;
      // The clock was set back, and the job told to forget the past: the tick has had its run already.
      if (thrown.code === 'CONFLICT') await unlessGone(this.#store.transaction((all) => takeTick(all, tick)));
      else await this.#recordRefused(principal, request, thrown, tick);
    }
  }

  #recordRefused(principal: Principal, request: RunRequest, error: FerryError, tick: TakenTick): Promise<void> {
    return unlessGone(
      this.#runs.recordRefused(principal, request, error, (repositories) => takeTick(repositories, tick)),
    );
  }
}

/** Somebody else dealt with the tick: nothing is left to do. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    if (!isTickGone(thrown)) throw thrown;
  }
}

function endsOf({ source, destination }: Job): Ends {
  return { sourceAgentId: source.agentId, destinationAgentId: destination.agentId };
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
