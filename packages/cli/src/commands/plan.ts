import type { Command } from 'commander';
import { connect } from '../client/connect.ts';
import { findJob } from '../client/find.ts';
import { type JobResource, type PlanResource, planSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { type Column, printJson, printLine, printListing } from '../display/output.ts';
import { displayBytes, displayCount } from '../display/quantity.ts';
import type { Io } from '../io.ts';
import { type ClientOptions, withClientOptions } from './client-options.ts';

const fileColumns: readonly Column<PlanResource['files'][number]>[] = [
  { title: 'SIZE', cell: (file) => displayBytes(file.sizeBytes) },
  { title: 'FROM', cell: (file) => file.sourcePath },
  { title: 'TO', cell: (file) => file.destinationPath },
];

const issueColumns: readonly Column<PlanResource['issues'][number]>[] = [
  { title: 'NOT MOVED', cell: (issue) => issue.path },
  { title: 'WHY', cell: (issue) => issue.message },
];

export function addPlanCommand(program: Command, { io }: CommandContext): void {
  withClientOptions(program.command('plan').description('say what a run of a job would do now; nothing is started'))
    .argument('<job>', 'its name or id')
    .action(async (named: string, options: ClientOptions) => {
      const client = await connect(io, options);
      const job = await findJob(client, named);
      const plan = await client.get(`jobs/${job.id}/plan`, planSchema);
      if (options.json) printJson(io, plan);
      else printPlan(io, job, plan);
    });
}

function printPlan(io: Io, job: JobResource, { counters, complete, destinationOnline, files, issues }: PlanResource) {
  const { filesPlanned, bytesPlanned, filesSkipped, filesFailed } = counters;
  const moves = `${displayCount(filesPlanned - filesFailed, 'file')}, ${displayBytes(bytesPlanned)}`;
  printLine(
    io,
    `Job ${displayName(job.name)} would move ${moves}; ${filesSkipped} skipped, ${filesFailed} impossible.`,
  );
  if (!complete) printLine(io, 'That is what was found in the time there is: there is more.');
  if (!destinationOnline) {
    printLine(io, `Agent ${displayName(job.destination.agent.name)} is offline: a run would wait for it.`);
  }
  if (files.length > 0) printListing(io, files, fileColumns, { empty: '' });
  const unnamed = filesPlanned - filesFailed - files.length;
  if (unnamed > 0) printLine(io, `and ${displayCount(unnamed, 'file')} more`);
  if (issues.length > 0) printListing(io, issues, issueColumns, { empty: '' });
}
