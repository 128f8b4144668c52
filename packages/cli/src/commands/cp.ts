import { type Command, Option } from 'commander';
import { connect } from '../client/connect.ts';
import type { CommandContext } from '../command-context.ts';
import { parseCopyEnd } from '../copy/endpoint.ts';
import { announceRun, watchAndReport } from '../copy/watch-run.ts';
import { type ClientOptions, collect, withClientOptions } from './client-options.ts';
import { deadlineOption } from './job-options.ts';

interface CopyOptions extends ClientOptions {
  readonly compression?: string;
  readonly deadline?: number;
  readonly existing?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
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
    .option('--include <pattern>', 'only what this glob pattern matches; may be repeated', collect)
    .option('--exclude <pattern>', 'not what this glob pattern matches; may be repeated', collect)
    .addOption(deadlineOption())
    .option('--no-wait', 'start it and leave; ferry runs show ID says how it went')
    .addHelpText('after', EXAMPLES)
    .action((source: string, destination: string, options: CopyOptions) => copy(source, destination, options, context));
}

async function copy(source: string, destination: string, options: CopyOptions, context: CommandContext): Promise<void> {
  const { compression, existing, deadline, include, exclude } = options;
  const request = {
    source: parseCopyEnd(source),
    destination: parseCopyEnd(destination),
    options: {
      ...(compression && { compression }),
      ...(existing && { existing }),
      ...(deadline !== undefined && { deadlineSeconds: deadline }),
    },
    ...(include && { include }),
    ...(exclude && { exclude }),
  };
  const client = await connect(context.io, options);
  const started = await client.startRun(request);
  if (options.wait) await watchAndReport(client, started, context, options);
  else announceRun(context.io, started, options);
}
