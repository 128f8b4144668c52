import type { ChangeListener } from './change-listener.ts';

/** Transfers that are told one by one in a round; of more, only their runs are: nobody reads along, but anybody can read again. */
export const MAX_TRANSFERS_A_ROUND = 200;
/** Runs, agents or jobs that are told in a round; of more, everybody is told to read again. Many more than change in half a second. */
export const MAX_OTHERS_A_ROUND = 1_000;

/** What changed, by id: however often something changed, it stands here once. */
export interface Changes {
  readonly runs: ReadonlySet<number>;
  readonly transfers: ReadonlySet<number>;
  /** Runs of which many transfers changed. */
  readonly runsWithManyTransfers: ReadonlySet<number>;
  readonly agents: ReadonlySet<number>;
  readonly removedAgents: ReadonlySet<number>;
  readonly jobs: ReadonlySet<number>;
  /** Owners by job. */
  readonly removedJobs: ReadonlyMap<number, number>;
  /** More changed than is named here. */
  readonly isEverything: boolean;
}

/** Gathers changes from one round of the feed to the next. Bounded by the limits above, whatever happens. */
export class WaitingChanges implements ChangeListener {
  readonly #runs = new Set<number>();
  readonly #transfers = new Set<number>();
  readonly #runsOfTransfers = new Set<number>();
  readonly #runsWithManyTransfers = new Set<number>();
  readonly #agents = new Set<number>();
  readonly #removedAgents = new Set<number>();
  readonly #jobs = new Set<number>();
  readonly #removedJobs = new Map<number, number>();
  /** Of some transfer, so that a run could be left out if there were too many. */
  #isRunUnknown = false;
  #isEverything = false;

  runsChanged(ids: readonly number[]): void {
    for (const id of ids) this.#runs.add(id);
    this.#bound(this.#runs);
  }

  transfersChanged(ids: readonly number[], runIds: readonly number[]): void {
    if (ids.length === 0) return;
    if (runIds.length === 0) this.#isRunUnknown = true;
    for (const id of runIds) this.#runsOfTransfers.add(id);
    for (const id of ids) {
      // One more says that there are too many.
      if (this.#transfers.size <= MAX_TRANSFERS_A_ROUND) this.#transfers.add(id);
    }
    this.#bound(this.#runsOfTransfers);
  }

  manyTransfersChanged(runId: number): void {
    this.#runsWithManyTransfers.add(runId);
    this.#bound(this.#runsWithManyTransfers);
  }

  agentChanged(id: number): void {
    this.#agents.add(id);
    this.#bound(this.#agents);
  }

  agentRemoved(id: number): void {
    this.#removedAgents.add(id);
    this.#bound(this.#removedAgents);
  }

  jobChanged(id: number): void {
    this.#jobs.add(id);
    this.#bound(this.#jobs);
  }

  jobRemoved({ id, ownerId }: { readonly id: number; readonly ownerId: number }): void {
    this.#removedJobs.set(id, ownerId);
    this.#bound(this.#removedJobs);
  }

  everythingChanged(): void {
    this.#isEverything = true;
  }

  /** What has gathered; from now on it gathers anew. */
  take(): Changes {
    const areMany = this.#transfers.size > MAX_TRANSFERS_A_ROUND;
    const many = new Set([...this.#runsWithManyTransfers, ...(areMany ? this.#runsOfTransfers : [])]);
    const taken: Changes = {
      runs: new Set(this.#runs),
      transfers: areMany ? new Set() : new Set(this.#transfers),
      runsWithManyTransfers: many,
      agents: new Set(this.#agents),
      removedAgents: new Set(this.#removedAgents),
      jobs: new Set(this.#jobs),
      removedJobs: new Map(this.#removedJobs),
      isEverything: this.#isEverything || (areMany && this.#isRunUnknown),
    };
    this.#forget();
    this.#isRunUnknown = false;
    this.#isEverything = false;
    return taken;
  }

  #bound({ size }: { readonly size: number }): void {
    if (size <= MAX_OTHERS_A_ROUND) return;
    this.#forget();
    this.#isEverything = true;
  }

  #forget(): void {
    this.#runs.clear();
    this.#transfers.clear();
    this.#runsOfTransfers.clear();
    this.#runsWithManyTransfers.clear();
    this.#agents.clear();
    this.#removedAgents.clear();
    this.#jobs.clear();
    this.#removedJobs.clear();
  }
}
