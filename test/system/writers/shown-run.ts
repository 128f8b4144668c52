import type { Shown } from './hub-client.ts';

/** A run as the REST API shows it, in the parts that are compared. */
export interface RunShown {
  readonly id: number;
  readonly job?: { readonly name: string };
  readonly state: 'planning' | 'running' | 'completed' | 'partial' | 'failed' | 'cancelled';
  readonly destination: EndShown;
  readonly counters: { readonly filesPlanned: number; readonly filesMoved: number; readonly filesFailed: number };
}

export interface TransferShown {
  readonly runId: number;
  readonly state: 'pending' | 'running' | 'verifying' | 'suspended' | 'completed' | 'failed' | 'cancelled';
  readonly attempt: number;
}

/** One end of a job or a run. */
export interface EndShown {
  readonly agent: { readonly name: string };
  readonly path: string;
}

export function endText({ agent, path }: EndShown): string {
  return `${agent.name}:${path}`;
}

/** What is compared of a run: what clients can change of it, and what of it is done by halves, if anything. */
export function shownRun(run: RunShown, transfers: readonly TransferShown[]): Shown {
  return {
    to: endText(run.destination),
    job: run.job?.name ?? null,
    cancelled: run.state === 'cancelled' ? 'whole' : countIn(transfers, 'cancelled'),
    startedAnew: transfers.reduce((sum, { attempt }) => sum + attempt - 1, 0),
    halves: halves(run, transfers),
  };
}

/** In what a run and its transfers do not say the same. */
function halves({ state, counters }: RunShown, transfers: readonly TransferShown[]): readonly string[] {
  const completed = countIn(transfers, 'completed');
  const ended = completed + countIn(transfers, 'failed') + countIn(transfers, 'cancelled');
  const { filesPlanned, filesMoved, filesFailed } = counters;
  const found: string[] = [];
  if (isSettled(state) && ended < transfers.length) found.push(`${transfers.length - ended} transfers have not ended`);
  // While it is planned, or when it was cancelled then, a part of the plan may be there; what was cancelled is not counted.
  if (state === 'planning' || state === 'cancelled') return found;
  if (transfers.length !== filesPlanned) found.push(`${transfers.length} transfers, ${filesPlanned} planned`);
  if (completed !== filesMoved) found.push(`${completed} transfers are completed, ${filesMoved} files moved`);
  if (ended - completed !== filesFailed)
    found.push(`${ended - completed} transfers failed, ${filesFailed} are counted`);
  return found;
}

export function isSettled(state: RunShown['state']): boolean {
  return state !== 'planning' && state !== 'running';
}

function countIn(transfers: readonly TransferShown[], state: TransferShown['state']): number {
  return transfers.filter((each) => each.state === state).length;
}
