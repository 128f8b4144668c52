/** Hears of every run that has ended, after the database says so. */
export interface RunEndListener {
  /** @param run `jobId` is undefined for an ad-hoc copy */
  runEnded(run: { readonly runId: number; readonly jobId: number | undefined }): void;
}
