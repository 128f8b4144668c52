import { FerryError } from '@ferryline/engine';
import { type Command, Option } from 'commander';
import { connect } from '../client/connect.ts';
import { findAgent, findJob } from '../client/find.ts';
import { jobSchema, ticksSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { displayTime, printJson, printLine, printListing } from '../display/output.ts';
import type { Io } from '../io.ts';
import { type ClientOptions, type ListOptions, withClientOptions, withListOptions } from './client-options.ts';
import { jobColumns } from './job-columns.ts';
import { type JobOptions, jobBody, withJobOptions } from './job-options.ts';

interface JobListOptions extends ListOptions {
  readonly status?: string;
  readonly agent?: string;
  readonly search?: string;
  readonly sort?: string;
}

export function addJobsCommand(program: Command, { io }: CommandContext): void {
  const jobs = program.command('jobs').description('standing orders: from where, to where, when, under which rules');
  withListOptions(jobs.command('list', { isDefault: true }).description('list them; also without "list"'))
    .addOption(new Option('--status <status>', 'only those').choices(['active', 'paused']))
    .option('--agent <agent>', 'only those with this agent at either end')
    .option('--search <text>', 'only those whose name contains this')
    .addOption(new Option('--sort <key>', 'newest first unless told otherwise').choices(['name', '-name', 'id', '-id']))
    .action((options: JobListOptions) => list(options, io));
  named(jobs, 'show', 'show one').action(async (job: string, options: ClientOptions) => {
    const found = await findJob(await connect(io, options), job);
    if (options.json) printJson(io, found);
    else printListing(io, [found], jobColumns, { empty: '' });
  });
  withJobOptions(
    withClientOptions(jobs.command('create').description('make one')).argument('<name>', 'what it is called'),
  )
    .option('--paused', 'it does not run by itself yet')
    .action((name: string, options: JobOptions & { readonly paused?: boolean }) => create(name, options, io));
  withJobOptions(named(jobs, 'edit', 'change what is given; the rest stays'))
    .option('--name <name>', 'call it so from now on')
    .option('--no-schedule', 'it runs only when somebody says so')
    .action((job: string, options: JobOptions & { readonly name?: string }) => {
      const { name } = options;
      return change(job, { ...jobBody(options), ...(name !== undefined && { name }) }, options, io);
    });
  named(jobs, 'pause', 'it does not run by itself until it is resumed').action((job: string, options: ClientOptions) =>
    change(job, { status: 'paused' }, options, io),
  );
  named(jobs, 'resume', 'it runs by itself again; what it missed is not made up for').action(
    (job: string, options: ClientOptions) => change(job, { status: 'active' }, options, io),
  );
  named(jobs, 'schedule', 'when it runs next, five times ahead').action((job: string, options: ClientOptions) =>
    showSchedule(job, options, io),
  );
  named(jobs, 'remove', 'remove it; its runs stay').action(async (job: string, options: ClientOptions) => {
    const client = await connect(io, options);
    const { id, name } = await findJob(client, job);
    await client.delete(`jobs/${id}`);
    if (options.json) printJson(io, { id, removed: true });
    else printLine(io, `Job ${displayName(name)} is removed.`);
  });
}

function named(jobs: Command, name: string, description: string): Command {
  return withClientOptions(jobs.command(name).description(description)).argument('<job>', 'its name or id');
}

async function list({ status, agent, search, sort, ...options }: JobListOptions, io: Io): Promise<void> {
  const client = await connect(io, options);
  const agentId = agent === undefined ? undefined : (await findAgent(client, agent)).id;
  const items = await client.list('jobs', jobSchema, { status, agent: agentId, q: search, sort }, options.limit);
  const empty = 'No such jobs. Make one: ferry jobs create NAME --from AGENT:/path --to AGENT:/path';
  printListing(io, items, jobColumns, { ...options, empty });
}

async function create(name: string, options: JobOptions & { readonly paused?: boolean }, io: Io): Promise<void> {
  if (options.from === undefined || options.to === undefined) {
    throw new FerryError(
      'VALIDATION',
      'A job goes from somewhere to somewhere: give --from AGENT:/path and --to AGENT:/path.',
    );
  }
  const client = await connect(io, options);
  const body = { name, type: 'push', ...jobBody(options), ...(options.paused && { status: 'paused' }) };
  const made = await client.post('jobs', body, jobSchema);
  if (options.json) printJson(io, made);
  else printListing(io, [made], jobColumns, { empty: '' });
}

async function change(job: string, changes: Record<string, unknown>, options: ClientOptions, io: Io): Promise<void> {
  if (Object.keys(changes).length === 0) {
    throw new FerryError('VALIDATION', 'Nothing is to change. ferry jobs edit --help says what can.');
  }
  const client = await connect(io, options);
  const { id } = await findJob(client, job);
  const changed = await client.patch(`jobs/${id}`, changes, jobSchema);
  if (options.json) printJson(io, changed);
  else printListing(io, [changed], jobColumns, { empty: '' });
}

async function showSchedule(job: string, options: ClientOptions, io: Io): Promise<void> {
  const client = await connect(io, options);
  const { id, name } = await findJob(client, job);
  const { next } = await client.get(`jobs/${id}/schedule`, ticksSchema);
  if (options.json) printJson(io, next);
  else if (next.length === 0) printLine(io, `Job ${displayName(name)} does not run by itself.`);
  else for (const at of next) printLine(io, displayTime(at));
}
