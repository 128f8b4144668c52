import type { Command } from 'commander';
import { connect } from '../client/connect.ts';
import type { RunResource } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { fetchReport, reportLines } from '../copy/run-report.ts';
import { type Column, displayTime, printJson, printLine, printListing } from '../display/output.ts';
import { displayBytes } from '../display/quantity.ts';
import { type ClientOptions, type ListOptions, parseId, withClientOptions, withListOptions } from './client-options.ts';

const columns: readonly Column<RunResource>[] = [
  { title: 'ID', cell: (run) => run.id },
  { title: 'STATE', cell: (run) => run.state },
  { title: 'FROM', cell: (run) => `${run.source.agent.name}:${run.source.path}` },
  { title: 'TO', cell: (run) => `${run.destination.agent.name}:${run.destination.path}` },
  { title: 'FILES', cell: (run) => `${run.counters.filesMoved}/${run.counters.filesPlanned}` },
  { title: 'MOVED', cell: (run) => displayBytes(run.counters.bytesMoved) },
  { title: 'FAILED', cell: (run) => run.counters.filesFailed },
  { title: 'CREATED', cell: (run) => displayTime(run.createdAt) },
];

export function addRunsCommand(program: Command, context: CommandContext): void {
  const { io } = context;
  const runs = program.command('runs').description('what was copied, and how it went');
  withListOptions(
    runs.command('list', { isDefault: true }).description('list them, newest first; also without "list"'),
  ).action(async (options: ListOptions) => {
    const client = await connect(io, options);
    const empty = 'No runs yet. Start one: ferry cp AGENT:/path AGENT:/path';
    printListing(io, await client.runs(options.limit), columns, { ...options, empty });
  });
  withClientOptions(runs.command('show').description('show one, with everything that did not go well'))
    .argument('<id>', 'its id, as the list shows it', parseId)
    .action(async (id: number, options: ClientOptions) => {
      const client = await connect(io, options);
      const report = await fetchReport(client, await client.run(id));
      if (options.json) {
        printJson(io, report);
        return;
      }
      printListing(io, [report.run], columns, { empty: '' });
      for (const line of reportLines(report)) printLine(io, line);
    });
  withClientOptions(runs.command('cancel').description('end a run; files that have arrived stay'))
    .argument('<id>', 'its id, as the list shows it', parseId)
    .action(async (id: number, options: ClientOptions) => {
      const client = await connect(io, options);
      await client.cancelRun(id);
      if (options.json) printJson(io, await client.run(id));
      else printLine(io, `Run ${id} is being cancelled.`);
    });
}
