import { exitCodes, FerryError } from '@ferryline/engine';
import type { HubClient } from '../client/hub-client.ts';
import type { RunResource } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { printJson, printLine } from '../display/output.ts';
import type { Io } from '../io.ts';
import { onStopSignals } from '../process/stop-signals.ts';
import { followRun } from './follow-run.ts';
import { type ProgressView, progressView } from './progress-view.ts';
import { RunProgress } from './run-progress.ts';
import { exitCodeOf, fetchReport, reportLines } from './run-report.ts';
import { WaitingNote } from './waiting-note.ts';

/** Shows a run until it is settled, then its report, and leaves the exit code that says how it went. */
export async function watchAndReport(
  client: HubClient,
  started: RunResource,
  context: CommandContext,
  options: { readonly json?: boolean },
): Promise<void> {
  const { io } = context;
  const run = await watch(client, started, io);
  const report = await fetchReport(client, run);
  if (options.json) printJson(io, report);
  else for (const line of reportLines(report)) printLine(io, line);
  context.exitCode = exitCodeOf(run);
}

/** Says that a run has started, to somebody who does not wait for its end. */
export function announceRun(io: Io, run: RunResource, options: { readonly json?: boolean }): void {
  if (options.json) printJson(io, { run });
  else printLine(io, `Run ${run.id} has started. ferry runs show ${run.id} says how it goes.`);
}

/** Ctrl-C asks the hub to cancel the run, and goes on showing; a second one leaves. */
async function watch(client: HubClient, started: RunResource, io: Io): Promise<RunResource> {
  const view = progressView(io);
  const progress = new RunProgress();
  const waiting = new WaitingNote({ client, note: (sentence) => view.note(sentence) });
  using _signals = onStopSignals({
    first: () => {
      view.note(`Cancelling run ${started.id}. Press Ctrl-C again to leave at once.`);
      cancel(client, started.id, view);
    },
    again: () => {
      view.close();
      io.stderr.write(
        `ferry: left before run ${started.id} was settled; ferry runs show ${started.id} says how it went\n`,
      );
      process.exit(exitCodes.failed);
    },
  });
  try {
    return await followRun(client, started.id, {
      onLook: (run) => {
        const nowMs = performance.now();
        view.show(progress.look(run, nowMs), nowMs);
        waiting.look(run, nowMs);
      },
      onAway: (error) => view.note(`${displayName(error.message)} The run goes on by itself; still trying.`),
    });
  } finally {
    view.close();
  }
}

function cancel(client: HubClient, runId: number, view: ProgressView): void {
  client.cancelRun(runId).catch((thrown: unknown) => {
    view.note(`ferry: run ${runId} could not be cancelled: ${displayName(FerryError.from(thrown).message)}`);
  });
}
