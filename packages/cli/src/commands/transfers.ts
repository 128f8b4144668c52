import { FerryError } from '@ferryline/engine';
import { type Command, Option } from 'commander';
import { connect } from '../client/connect.ts';
import { findAgent, findJob } from '../client/find.ts';
import type { HubClient } from '../client/hub-client.ts';
import { bulkResultSchema, type TransferResource, transferSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { type Column, printJson, printLine, printListing } from '../display/output.ts';
import { displayBytes, displayCount } from '../display/quantity.ts';
import type { Io } from '../io.ts';
import {
  type ClientOptions,
  type ListOptions,
  parseId,
  parseMoment,
  withClientOptions,
  withListOptions,
} from './client-options.ts';

const columns: readonly Column<TransferResource>[] = [
  { title: 'ID', cell: (transfer) => transfer.id },
  { title: 'RUN', cell: (transfer) => transfer.runId },
  { title: 'STATE', cell: (transfer) => transfer.state },
  { title: 'FROM', cell: (transfer) => `${transfer.source.agent.name}:${transfer.source.path}` },
  { title: 'TO', cell: (transfer) => `${transfer.destination.agent.name}:${transfer.destination.path}` },
  { title: 'SIZE', cell: (transfer) => displayBytes(transfer.sizeBytes) },
  { title: 'DONE', cell: (transfer) => displayBytes(transfer.bytesTransferred) },
  { title: 'ERROR', cell: (transfer) => transfer.error?.code },
];

interface FilterOptions extends ClientOptions {
  readonly run?: number;
  readonly job?: string;
  readonly status?: string;
  readonly agent?: string;
  readonly search?: string;
  readonly since?: string;
  readonly until?: string;
}

export function addTransfersCommand(program: Command, { io }: CommandContext): void {
  const transfers = program.command('transfers').description('what runs move, file by file');
  withFilter(
    withListOptions(
      transfers.command('list', { isDefault: true }).description('list them, newest first; also without "list"'),
    ),
  )
    .addOption(
      new Option('--sort <key>', 'another order').choices(['sizeBytes', '-sizeBytes', 'filename', '-filename', 'id']),
    )
    .action(async ({ sort, ...options }: FilterOptions & ListOptions & { readonly sort?: string }) => {
      const client = await connect(io, options);
      const filter = { ...(await filterOf(client, options)), sort };
      const items = await client.list('transfers', transferSchema, filter, options.limit);
      printListing(io, items, columns, { ...options, empty: 'No such transfers.' });
    });
  one(transfers, 'show', 'show one').action(async (id: number, options: ClientOptions) => {
    const transfer = await (await connect(io, options)).get(`transfers/${id}`, transferSchema);
    if (options.json) printJson(io, transfer);
    else {
      printListing(io, [transfer], columns, { empty: '' });
      if (transfer.error !== undefined) printLine(io, displayName(transfer.error.message));
    }
  });
  one(transfers, 'resume', 'let one go on at once that rests before a retry, or waits for room').action(
    async (id: number, options: ClientOptions) => {
      const transfer = await (await connect(io, options)).post(`transfers/${id}/resume`, {}, transferSchema);
      if (options.json) printJson(io, transfer);
      else printLine(io, `Transfer ${id} goes on.`);
    },
  );
  bulk(transfers, io, 'retry', 'try failed ones again: these, or all that the options find');
  bulk(transfers, io, 'cancel', 'end them: these, or all that the options find; their runs go on');
}

function one(transfers: Command, name: string, description: string): Command {
  return withClientOptions(transfers.command(name).description(description)).argument(
    '<id>',
    'its id, as the list shows it',
    parseId,
  );
}

function withFilter(command: Command): Command {
  return command
    .addOption(new Option('--run <id>', 'only those of this run').argParser(parseId))
    .option('--job <job>', 'only those of runs of this job')
    .option('--status <state>', 'only those in this state, as in failed')
    .option('--agent <agent>', 'only those with this agent at either end')
    .option('--search <text>', 'only those with this in their name')
    .option('--since <time>', 'only those planned from this moment on', parseMoment)
    .option('--until <time>', 'only those planned before this moment', parseMoment);
}

async function filterOf(client: HubClient, { run, job, status, agent, search, since, until }: FilterOptions) {
  const jobId = job === undefined ? undefined : (await findJob(client, job)).id;
  const agentId = agent === undefined ? undefined : (await findAgent(client, agent)).id;
  return { run, job: jobId, status, agent: agentId, q: search, from: since, until };
}

function bulk(transfers: Command, io: Io, action: 'cancel' | 'retry', description: string): void {
  withFilter(withClientOptions(transfers.command(action).description(description)))
    .argument('[ids...]', 'their ids, as the list shows them')
    .action(async (ids: readonly string[], options: FilterOptions) => {
      const client = await connect(io, options);
      const found = await filterOf(client, options);
      const filter = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
      const isFiltered = Object.keys(filter).length > 0;
      // All transfers there are is never what somebody means who says nothing.
      if (ids.length > 0 === isFiltered) {
        throw new FerryError(
          'VALIDATION',
          `Say which transfers to ${action}: their ids, or --run, --job, --status, --agent, --search, --since, --until.`,
        );
      }
      const body = ids.length > 0 ? { action, ids: ids.map(parseId) } : { action, filter };
      const result = await client.post('transfers/bulk', body, bulkResultSchema);
      if (options.json) printJson(io, result);
      else
        printLine(
          io,
          `${displayCount(result.changed, 'transfer')} of ${result.matched}: ${action === 'cancel' ? 'cancelled' : 'tried again'}.`,
        );
    });
}
