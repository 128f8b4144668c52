import { type Command, Option } from 'commander';
import { z } from 'zod';
import { connect } from '../client/connect.ts';
import { findAgent, findUser } from '../client/find.ts';
import { type GrantResource, grantSchema } from '../client/resources.ts';
import { displayName } from '../display/display-name.ts';
import { type Column, printJson, printLine, printListing } from '../display/output.ts';
import type { Io } from '../io.ts';
import { type ClientOptions, withClientOptions } from './client-options.ts';

const columns: readonly Column<GrantResource>[] = [
  { title: 'USER', cell: (grant) => grant.user.email },
  { title: 'ACCESS', cell: (grant) => grant.access },
];

/** Sharing agents with users: below `ferry agents`. */
export function addSharingCommands(agents: Command, io: Io): void {
  withClientOptions(agents.command('grants').description('show with whom one is shared'))
    .argument('<agent>', 'its name or id')
    .action(async (agent: string, options: ClientOptions) => {
      const client = await connect(io, options);
      const { id } = await findAgent(client, agent);
      const { items } = await client.get(`agents/${id}/grants`, z.looseObject({ items: z.array(grantSchema) }));
      printListing(io, items, columns, {
        ...options,
        empty: 'It is shared with nobody; administrators need no grant.',
      });
    });
  between(agents, 'share', 'let a user copy from one, or also to it')
    .addOption(
      new Option('--access <access>', 'read: copy from it; write: also to it')
        .choices(['read', 'write'])
        .makeOptionMandatory(),
    )
    .action(async (agent: string, user: string, options: ClientOptions & { readonly access: string }) => {
      const { client, path, agentName, email } = await find(agent, user, options, io);
      const grant = await client.put(path, { access: options.access }, grantSchema);
      if (options.json) printJson(io, grant);
      else printLine(io, `Agent ${agentName} is shared with ${email}, to ${options.access}.`);
    });
  between(agents, 'unshare', 'let a user use one no longer').action(
    async (agent: string, user: string, options: ClientOptions) => {
      const { client, path, agentName, email } = await find(agent, user, options, io);
      await client.delete(path);
      if (options.json) printJson(io, { shared: false });
      else printLine(io, `Agent ${agentName} is no longer shared with ${email}.`);
    },
  );
}

function between(agents: Command, name: string, description: string): Command {
  return withClientOptions(agents.command(name).description(description))
    .argument('<agent>', 'its name or id')
    .argument('<user>', 'e-mail address or id');
}

async function find(agent: string, user: string, options: ClientOptions, io: Io) {
  const client = await connect(io, options);
  const found = await findAgent(client, agent);
  const { id, email } = await findUser(client, user);
  const path = `agents/${found.id}/grants/${id}`;
  return { client, path, agentName: displayName(found.name), email: displayName(email) };
}
