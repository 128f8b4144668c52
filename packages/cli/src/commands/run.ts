import type { Command } from 'commander';
import { connect } from '../client/connect.ts';
import { findJob } from '../client/find.ts';
import { runSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { announceRun, watchAndReport } from '../copy/watch-run.ts';
import { type ClientOptions, withClientOptions } from './client-options.ts';

export function addRunCommand(program: Command, context: CommandContext): void {
  withClientOptions(program.command('run').description('run a job now, paused or not'))
    .argument('<job>', 'its name or id')
    .option('--wait', 'show how it goes, and end as it ends (exit codes as of ferry cp)')
    .action(async (job: string, options: ClientOptions & { readonly wait?: boolean }) => {
      const client = await connect(context.io, options);
      const { id } = await findJob(client, job);
      const started = await client.post(`jobs/${id}/run`, {}, runSchema);
      if (options.wait) await watchAndReport(client, started, context, options);
      else announceRun(context.io, started, options);
    });
}
