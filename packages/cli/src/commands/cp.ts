import { exitCodes, FerryError } from '@ferryline/engine';
import { type Command, Option } from 'commander';
import { connect } from '../client/connect.ts';
import type { HubClient } from '../client/hub-client.ts';
import type { RunResource } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { parseCopyEnd } from '../copy/endpoint.ts';
import { followRun } from '../copy/follow-run.ts';
import { type ProgressView, progressView } from '../copy/progress-view.ts';
import { RunProgress } from '../copy/run-progress.ts';
import { exitCodeOf, fetchReport, reportLines } from '../copy/run-report.ts';
import { displayName } from '../display/display-name.ts';
import { printJson, printLine } from '../display/output.ts';
import type { Io } from '../io.ts';
import { onStopSignals } from '../process/stop-signals.ts';
import { type ClientOptions, withClientOptions } from './client-options.ts';

interface CopyOptions extends ClientOptions {
  readonly compression?: string;
  readonly existing?: string;
  readonly wait: boolean;
}

const EXAMPLES = `
Examples:
  ferry cp web-01:/srv/export/dump.sql vault:/backup/     into /backup, as dump.sql
  ferry cp web-01:/srv/export vault:/backup/today         the folder, as /backup/today
  ferry cp web-01:/srv/export vault:/backup/ --json       one JSON report, for scripts

Ctrl-C cancels the run; files that have arrived stay. Exit codes: ferry --help`;

export function addCopyCommand(program: Command, context: CommandContext): void {
  withClientOptions(program.command('cp').description('copy a file or a folder from one agent to another'))
    .argument('<source>', 'AGENT:/path of what is copied')
    .argument('<destination>', 'AGENT:/path it goes to; with a slash at the end: into it, under its own name')
    .addOption(
      new Option('--compression <kind>', 'on the way (default: auto)').choices(['auto', 'none', 'zstd', 'lz4']),
    )
    .addOption(
      new Option('--existing <policy>', 'when a file is there already (default: replace)').choices(['replace', 'fail']),
    )
    .option('--no-wait', 'start it and leave; ferry runs show ID says how it went')
    .addHelpText('after', EXAMPLES)
    .action((source: string, destination: string, options: CopyOptions) => copy(source, destination, options, context));
}

async function copy(source: string, destination: string, options: CopyOptions, context: CommandContext): Promise<void> {
  const { io } = context;
  const { compression, existing } = options;
  const request = {
    source: parseCopyEnd(source),
    destination: parseCopyEnd(destination),
    options: { ...(compression && { compression }), ...(existing && { existing }) },
  };
  const client = await connect(io, options);
  const started = await client.startRun(request);
  if (!options.wait) {
    announce(io, started, options);
    return;
  }
  const run = await watch(client, started, io);
  const report = await fetchReport(client, run);
  if (options.json) printJson(io, report);
  else for (const line of reportLines(report)) printLine(io, line);
  context.exitCode = exitCodeOf(run);
}

function announce(io: Io, run: RunResource, options: CopyOptions): void {
  if (options.json) printJson(io, { run });
  else printLine(io, `Run ${run.id} has started. ferry runs show ${run.id} says how it goes.`);
}

/** Shows a run until it is settled. Ctrl-C asks the hub to cancel it, and goes on showing; a second one leaves. */
async function watch(client: HubClient, started: RunResource, io: Io): Promise<RunResource> {
  const view = progressView(io);
  const progress = new RunProgress();
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
