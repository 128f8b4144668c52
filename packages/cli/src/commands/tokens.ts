import type { Command } from 'commander';
import { connect } from '../client/connect.ts';
import { findAgent } from '../client/find.ts';
import { type TokenResource, tokenSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { type Column, displayTime, printJson, printLine, printListing } from '../display/output.ts';
import { type ClientOptions, type ListOptions, parseId, withClientOptions, withListOptions } from './client-options.ts';
import { parseExpiry } from './expiry.ts';

const columns: readonly Column<TokenResource>[] = [
  { title: 'ID', cell: (token) => token.id },
  { title: 'AGENT', cell: (token) => token.agent?.name ?? token.agentId },
  { title: 'BEGINS WITH', cell: (token) => token.prefix },
  { title: 'STATE', cell: stateOf },
  { title: 'CREATED', cell: (token) => token.createdAt && displayTime(token.createdAt) },
  { title: 'LAST USED', cell: (token) => token.lastUsedAt && displayTime(token.lastUsedAt) },
];

interface CreateOptions extends ClientOptions {
  readonly expires?: string;
}

export function addTokensCommand(program: Command, context: CommandContext): void {
  const tokens = program.command('tokens').description('the credentials of agents');
  withListOptions(tokens.command('list', { isDefault: true }).description('list them; also without "list"'))
    .option('--agent <agent>', 'only those of this agent')
    .action(async ({ agent, ...options }: ListOptions & { readonly agent?: string }) => {
      const client = await connect(context.io, options);
      const agentId = agent === undefined ? undefined : (await findAgent(client, agent)).id;
      const items = await client.list('tokens', tokenSchema, { agent: agentId }, options.limit);
      const empty = 'No such tokens. Make one: ferry tokens create NAME';
      printListing(context.io, items, columns, { ...options, empty });
    });
  withClientOptions(tokens.command('create').description('make a token for an agent, and the agent if it is new'))
    .argument('<name>', "the agent's name")
    .option('--expires <when>', 'when it stops working: 30d, 12h, or a time like 2027-01-31T00:00:00Z (default: never)')
    .action((name: string, options: CreateOptions) => createToken(name, options, context));
  withClientOptions(tokens.command('revoke').description('end a token, and every session that it opened'))
    .argument('<id>', 'its id, as the list shows it', parseId)
    .action(async (id: number, options: ClientOptions) => {
      await (await connect(context.io, options)).revokeToken(id);
      if (options.json) printJson(context.io, { id, revoked: true });
      else printLine(context.io, `Token ${id} is revoked.`);
    });
}

async function createToken(name: string, options: CreateOptions, { io }: CommandContext): Promise<void> {
  const client = await connect(io, options);
  const expiresAt = options.expires === undefined ? undefined : parseExpiry(options.expires, new Date());
  const created = await client.createToken(name, expiresAt);
  if (options.json) {
    printJson(io, created);
    return;
  }
  // The secret stands alone on its line of standard output, so that `ferry tokens create NAME > token-file` is all it takes.
  io.stderr.write(`Token ${created.id} for agent ${displayName(created.agent.name)}, shown this once:\n`);
  printLine(io, created.token);
}

function stateOf(token: TokenResource): string {
  if (token.revokedAt !== undefined) return 'revoked';
  if (token.expiresAt === undefined) return 'valid';
  return Date.parse(token.expiresAt) <= Date.now() ? 'expired' : `valid until ${displayTime(token.expiresAt)}`;
}
