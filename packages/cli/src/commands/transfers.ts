import { type Command, Option } from 'commander';
import { connect } from '../client/connect.ts';
import type { TransferResource } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { type Column, printListing } from '../display/output.ts';
import { displayBytes } from '../display/quantity.ts';
import { type ListOptions, parseId, withListOptions } from './client-options.ts';

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

interface TransferOptions extends ListOptions {
  readonly run?: number;
  readonly status?: string;
}

export function addTransfersCommand(program: Command, context: CommandContext): void {
  const transfers = program.command('transfers').description('what runs move, file by file');
  withListOptions(
    transfers.command('list', { isDefault: true }).description('list them, newest first; also without "list"'),
  )
    .addOption(new Option('--run <id>', 'only those of this run').argParser(parseId))
    .option('--status <state>', 'only those in this state, as in failed')
    .action(async (options: TransferOptions) => {
      const client = await connect(context.io, options);
      const items = await client.transfers(options, options.limit);
      printListing(context.io, items, columns, { ...options, empty: 'No such transfers.' });
    });
}
