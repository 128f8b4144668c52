/** Hears of every change that people may want to see, after the database says so. Only what changed is named: who shows it, reads it. */
export interface ChangeListener {
  /** Made or changed: state, counters or plan. */
  runsChanged(ids: readonly number[]): void;
  /** @param runIds at least the runs of all these transfers; none when they are not known. */
  transfersChanged(ids: readonly number[], runIds: readonly number[]): void;
  /** So many transfers of the run changed at once that nobody names them: it was cancelled, retried, or planned anew. */
  manyTransfersChanged(runId: number): void;
  /** Made or changed, came or went, or shared with somebody. */
  agentChanged(id: number): void;
  agentRemoved(id: number): void;
  /** Made or changed, in whatever way. */
  jobChanged(id: number): void;
  jobRemoved(job: { readonly id: number; readonly ownerId: number }): void;
  /** More changed than can be named. */
  everythingChanged(): void;
}
