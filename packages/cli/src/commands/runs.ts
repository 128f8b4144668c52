import { type Command, Option } from 'commander';
import { connect } from '../client/connect.ts';
import { findAgent, findJob } from '../client/find.ts';
import { type RunResource, runSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { fetchReport, reportLines } from '../copy/run-report.ts';
import { announceRun, watchAndReport } from '../copy/watch-run.ts';
import { type Column, displayTime, printJson, printLine, printListing } from '../display/output.ts';
import { displayBytes } from '../display/quantity.ts';
import type { Io } from '../io.ts';
import {
  type ClientOptions,
  type ListOptions,
  parseId,
  parseMoment,
  withClientOptions,
  withListOptions,
} from './client-options.ts';

const columns: readonly Column<RunResource>[] = [
  { title: 'ID', cell: (run) => run.id },
  { title: 'JOB', cell: (run) => run.job?.name },
  { title: 'STATE', cell: (run) => run.state },
  { title: 'FROM', cell: (run) => `${run.source.agent.name}:${run.source.path}` },
  { title: 'TO', cell: (run) => `${run.destination.agent.name}:${run.destination.path}` },
  { title: 'FILES', cell: (run) => `${run.counters.filesMoved}/${run.counters.filesPlanned}` },
  { title: 'MOVED', cell: (run) => displayBytes(run.counters.bytesMoved) },
  { title: 'FAILED', cell: (run) => run.counters.filesFailed },
  { title: 'CREATED', cell: (run) => displayTime(run.createdAt) },
];

interface RunListOptions extends ListOptions {
  readonly status?: string;
  readonly job?: string;
  readonly agent?: string;
  readonly search?: string;
  readonly since?: string;
  readonly until?: string;
  readonly sort?: string;
}

export function addRunsCommand(program: Command, context: CommandContext): void {
  const { io } = context;
  const runs = program.command('runs').description('what was copied, and how it went');
  withListOptions(runs.command('list', { isDefault: true }).description('list them, newest first; also without "list"'))
    .option('--status <state>', 'only those in this state, as in failed')
    .option('--job <job>', 'only those of this job')
    .option('--agent <agent>', 'only those with this agent at either end')
    .option('--search <text>', 'only those with this in their paths')
    .option('--since <time>', 'only those made from this moment on', parseMoment)
    .option('--until <time>', 'only those made before this moment', parseMoment)
    .addOption(
      new Option('--sort <key>', 'another order').choices(['id', '-id', 'bytesMoved', '-bytesMoved', '-filesPlanned']),
    )
    .action((options: RunListOptions) => list(options, io));
  one(runs, 'show', 'show one, with everything that did not go well').action(
    async (id: number, options: ClientOptions) => {
      const client = await connect(io, options);
      const report = await fetchReport(client, await client.run(id));
      if (options.json) {
        printJson(io, report);
        return;
      }
      printListing(io, [report.run], columns, { empty: '' });
      for (const line of reportLines(report)) printLine(io, line);
    },
  );
  one(runs, 'watch', 'show how one goes until it ends, and end as it ends').action(
    async (id: number, options: ClientOptions) => {
      const client = await connect(io, options);
      await watchAndReport(client, await client.run(id), context, options);
    },
  );
  one(runs, 'retry', 'try again what failed of one')
    .option('--wait', 'show how it goes, and end as it ends')
    .action(async (id: number, options: ClientOptions & { readonly wait?: boolean }) => {
      const client = await connect(io, options);
      const run = await client.post(`runs/${id}/retry`, {}, runSchema);
      if (options.wait) await watchAndReport(client, run, context, options);
      else announceRun(io, run, options);
    });
  one(runs, 'cancel', 'end a run; files that have arrived stay').action(async (id: number, options: ClientOptions) => {
    const client = await connect(io, options);
    await client.cancelRun(id);
    if (options.json) printJson(io, await client.run(id));
    else printLine(io, `Run ${id} is being cancelled.`);
  });
}

function one(runs: Command, name: string, description: string): Command {
  return withClientOptions(runs.command(name).description(description)).argument(
    '<id>',
    'its id, as the list shows it',
    parseId,
  );
}

async function list(options: RunListOptions, io: Io): Promise<void> {
  const client = await connect(io, options);
  const { status, search, since, until, sort } = options;
  const job = options.job === undefined ? undefined : (await findJob(client, options.job)).id;
  const agent = options.agent === undefined ? undefined : (await findAgent(client, options.agent)).id;
  const filter = { status, job, agent, q: search, from: since, until, sort };
  const empty = 'No such runs. Start one: ferry cp AGENT:/path AGENT:/path';
  printListing(io, await client.list('runs', runSchema, filter, options.limit), columns, { ...options, empty });
}
