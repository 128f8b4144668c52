import { type Command, Option } from 'commander';
import { connect } from '../client/connect.ts';
import { findUser } from '../client/find.ts';
import { createdUserSchema, invitationSchema, type UserResource, userSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { type Column, displayTime, printJson, printLine, printListing } from '../display/output.ts';
import type { Io } from '../io.ts';
import { readSecretFile } from '../process/secret-file.ts';
import { type ClientOptions, type ListOptions, withClientOptions, withListOptions } from './client-options.ts';

const columns: readonly Column<UserResource>[] = [
  { title: 'ID', cell: (user) => user.id },
  { title: 'E-MAIL', cell: (user) => user.email },
  { title: 'ROLE', cell: (user) => user.role },
  { title: 'STATE', cell: stateOf },
  { title: 'CREATED', cell: (user) => user.createdAt && displayTime(user.createdAt) },
];

interface UserListOptions extends ListOptions {
  readonly role?: string;
  readonly search?: string;
  readonly sort?: string;
}

interface CreateOptions extends ClientOptions {
  readonly admin?: boolean;
  readonly passwordFile?: string;
}

export function addUsersCommand(program: Command, { io }: CommandContext): void {
  const users = program.command('users').description('the people who use the hub');
  withListOptions(users.command('list', { isDefault: true }).description('list them; also without "list"'))
    .addOption(new Option('--role <role>', 'only those with this role').choices(['admin', 'user']))
    .option('--search <text>', 'only those whose address contains this')
    .addOption(new Option('--sort <key>', 'another order').choices(['email', '-email', 'id', '-id']))
    .action(async ({ role, search, sort, ...options }: UserListOptions) => {
      const client = await connect(io, options);
      const items = await client.list('users', userSchema, { role, q: search, sort }, options.limit);
      printListing(io, items, columns, { ...options, empty: 'No such users.' });
    });
  named(users, 'show', 'show one').action(async (user: string, options: ClientOptions) => {
    const found = await findUser(await connect(io, options), user);
    if (options.json) printJson(io, found);
    else printListing(io, [found], columns, { empty: '' });
  });
  withClientOptions(users.command('create').description('make a user; without a password, with an invitation'))
    .argument('<email>', 'their e-mail address')
    .option('--admin', 'as an administrator')
    .option('--password-file <file>', 'file that holds their password (default: an invitation is made)')
    .action((email: string, options: CreateOptions) => create(email, options, io));
  named(users, 'invite', 'let them set a new password; the old one holds until then').action(
    async (user: string, options: ClientOptions) => {
      const client = await connect(io, options);
      const { id, email } = await findUser(client, user);
      const invitation = await client.post(`users/${id}/invitation`, {}, invitationSchema);
      if (options.json) printJson(io, invitation);
      else showInvitation(io, client.baseUrl, email, invitation);
    },
  );
  changing(users, io, 'disable', 'keep them out; what they own stays', { disabled: true });
  changing(users, io, 'enable', 'let them in again', { disabled: false });
  changing(users, io, 'promote', 'make them an administrator', { role: 'admin' });
  changing(users, io, 'demote', 'make them an administrator no more', { role: 'user' });
  named(users, 'remove', 'remove one who owns no runs').action(async (user: string, options: ClientOptions) => {
    const client = await connect(io, options);
    const { id, email } = await findUser(client, user);
    await client.delete(`users/${id}`);
    if (options.json) printJson(io, { id, removed: true });
    else printLine(io, `User ${displayName(email)} is removed.`);
  });
}

function named(users: Command, name: string, description: string): Command {
  return withClientOptions(users.command(name).description(description)).argument('<user>', 'e-mail address or id');
}

function changing(users: Command, io: Io, name: string, description: string, change: object): void {
  named(users, name, description).action(async (user: string, options: ClientOptions) => {
    const client = await connect(io, options);
    const { id } = await findUser(client, user);
    const changed = await client.patch(`users/${id}`, change, userSchema);
    if (options.json) printJson(io, changed);
    else printListing(io, [changed], columns, { empty: '' });
  });
}

async function create(email: string, options: CreateOptions, io: Io): Promise<void> {
  const client = await connect(io, options);
  const { passwordFile } = options;
  const password = passwordFile === undefined ? undefined : await readSecretFile(passwordFile, 'password');
  const body = { email, role: options.admin ? 'admin' : 'user', ...(password !== undefined && { password }) };
  const created = await client.post('users', body, createdUserSchema);
  if (options.json) printJson(io, created);
  else if (created.invitation === undefined) printLine(io, `User ${created.id} is ${displayName(created.email)}.`);
  else showInvitation(io, client.baseUrl, created.email, created.invitation);
}

/** The code alone on its line of standard output, for whoever sends it on. */
function showInvitation(io: Io, hub: string, email: string, { code, until }: { code: string; until: string }): void {
  io.stderr.write(
    `Invitation for ${displayName(email)}, good once until ${displayTime(until)}. They answer it: ferry register ${hub}\n`,
  );
  printLine(io, code);
}

function stateOf(user: UserResource): string {
  if (user.disabled) return 'disabled';
  return user.invitedUntil === undefined ? 'active' : `invited until ${displayTime(user.invitedUntil)}`;
}
