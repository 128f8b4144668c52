import { type Command, Option } from 'commander';
import { z } from 'zod';
import { connect } from '../client/connect.ts';
import { createdKeySchema, type KeyResource, keySchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { type Column, displayTime, printJson, printLine, printListing } from '../display/output.ts';
import { type ClientOptions, type ListOptions, parseId, withClientOptions, withListOptions } from './client-options.ts';
import { parseExpiry } from './expiry.ts';

const columns: readonly Column<KeyResource>[] = [
  { title: 'ID', cell: (key) => key.id },
  { title: 'NAME', cell: (key) => key.name },
  { title: 'BEGINS WITH', cell: (key) => key.prefix },
  { title: 'SCOPE', cell: (key) => key.scope },
  { title: 'STATE', cell: stateOf },
  { title: 'LAST USED', cell: (key) => key.lastUsedAt && displayTime(key.lastUsedAt) },
];

interface CreateOptions extends ClientOptions {
  readonly scope: string;
  readonly expires?: string;
}

export function addKeysCommand(program: Command, context: CommandContext): void {
  const { io } = context;
  const keys = program.command('keys').description('your API keys, for scripts');
  withListOptions(keys.command('list', { isDefault: true }).description('list them; also without "list"')).action(
    async (options: ListOptions) => {
      const client = await connect(io, options);
      const items = await client.list('keys', keySchema, {}, options.limit);
      printListing(io, items, columns, { ...options, empty: 'No API keys yet. Make one: ferry keys create NAME' });
    },
  );
  withClientOptions(keys.command('create').description('make a key; use it by FERRY_API_KEY'))
    .argument('<name>', 'what it is for')
    .addOption(
      new Option('--scope <scope>', 'read: look; run: also start, cancel, retry; full: all but the account itself')
        .choices(['read', 'run', 'full'])
        .default('run'),
    )
    .option('--expires <when>', 'when it stops working: 30d, or a time like 2027-01-31T00:00:00Z (default: 90d)')
    .action((name: string, options: CreateOptions) => create(name, options, context));
  withClientOptions(keys.command('revoke').description('end a key'))
    .argument('<id>', 'its id, as the list shows it', parseId)
    .action(async (id: number, options: ClientOptions) => {
      await (await connect(io, options)).post(`keys/${id}/revoke`, {}, z.unknown());
      if (options.json) printJson(io, { id, revoked: true });
      else printLine(io, `Key ${id} is revoked.`);
    });
}

async function create(name: string, options: CreateOptions, { io }: CommandContext): Promise<void> {
  const client = await connect(io, options);
  const expiresAt = options.expires === undefined ? undefined : parseExpiry(options.expires, new Date());
  const body = { name, scope: options.scope, ...(expiresAt !== undefined && { expiresAt }) };
  const created = await client.post('keys', body, createdKeySchema);
  if (options.json) {
    printJson(io, created);
    return;
  }
  // The secret stands alone on its line of standard output, so that `ferry keys create NAME > key-file` is all it takes.
  io.stderr.write(`API key ${created.id} (${displayName(created.name)}), shown this once:\n`);
  printLine(io, created.secret);
}

function stateOf(key: KeyResource): string {
  if (key.revokedAt !== undefined) return 'revoked';
  return Date.parse(key.expiresAt) <= Date.now() ? 'expired' : `valid until ${displayTime(key.expiresAt)}`;
}
