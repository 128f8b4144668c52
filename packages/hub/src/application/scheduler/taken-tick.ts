import { FerryError } from '../../domain/common/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { Repositories } from '../store/store.ts';

/** The tick was run or let go in the meantime: by another life of the hub, or because the job was changed. */
const TICK_IS_GONE = 'tickIsGone';

/** A tick that is being dealt with. */
export interface TakenTick {
  /** As it was when the run was prepared. */
  readonly job: Job;
  readonly tickAt: Date;
  /** The tick has come, or has waited for the end of the job's last run. */
  readonly kind: 'due' | 'queued';
}

/**
 * Notes that the tick is dealt with, in the transaction that records its run.
 *
 * @throws FerryError for which `isTickGone`, when somebody else dealt with it, or the job was changed since.
 */
export async function takeTick({ jobs }: Pick<Repositories, 'jobs'>, { job, tickAt, kind }: TakenTick): Promise<void> {
  const isTaken = await (kind === 'due'
    ? // A tick that waited is part of the past that this run stands for.
      jobs.passTick(job.id, tickAt, undefined)
    : jobs.takeQueuedTick(job.id, tickAt));
  // From here on nobody else can change the job: a pause that somebody was told of must not be followed by a run.
  if (isTaken && (await jobs.getById(job.id))?.version === job.version) return;
  throw new FerryError('CONFLICT', `The tick of ${tickAt.toISOString()} of job ${job.id} was dealt with already.`, {
    details: { reason: TICK_IS_GONE },
  });
}

/** Whether a transaction failed only because the tick was not there any more. */
export function isTickGone(thrown: unknown): boolean {
  return thrown instanceof FerryError && thrown.details.reason === TICK_IS_GONE;
}
