import type { Command } from 'commander';
import { connect } from '../client/connect.ts';
import { type SignInResource, signInSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { type Column, displayTime, printJson, printLine, printListing } from '../display/output.ts';
import { type ClientOptions, type ListOptions, withClientOptions, withListOptions } from './client-options.ts';

const columns: readonly Column<SignInResource>[] = [
  { title: 'ID', cell: (signIn) => signIn.id },
  { title: 'FROM', cell: (signIn) => signIn.address },
  { title: 'WITH', cell: (signIn) => signIn.client },
  { title: 'SINCE', cell: (signIn) => displayTime(signIn.createdAt) },
  { title: 'LAST USED', cell: (signIn) => displayTime(signIn.lastUsedAt) },
];

export function addSignInsCommand(program: Command, { io }: CommandContext): void {
  const signIns = program.command('sign-ins').description('where you are signed in');
  withListOptions(signIns.command('list', { isDefault: true }).description('list them; also without "list"')).action(
    async (options: ListOptions) => {
      const client = await connect(io, options);
      const items = await client.list('auth/sign-ins', signInSchema, {}, options.limit);
      printListing(io, items, columns, { ...options, empty: 'You are signed in nowhere.' });
    },
  );
  withClientOptions(signIns.command('revoke').description('end one'))
    .argument('<id>', 'its id, as the list shows it')
    .action(async (id: string, options: ClientOptions) => {
      await (await connect(io, options)).delete(`auth/sign-ins/${encodeURIComponent(id)}`);
      if (options.json) printJson(io, { id, revoked: true });
      else printLine(io, `The sign-in ${displayName(id)} has ended.`);
    });
}
