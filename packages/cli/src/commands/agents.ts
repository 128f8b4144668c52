import { FerryError } from '@ferryline/engine';
import type { Command } from 'commander';
import { connect } from '../client/connect.ts';
import type { AgentResource } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { type Column, displayTime, printJson, printListing } from '../display/output.ts';
import { type ClientOptions, type ListOptions, withClientOptions, withListOptions } from './client-options.ts';

/** As many as a hub is built for, so that a name is found wherever it stands in the listing. */
const MAX_AGENTS = 100_000;

const columns: readonly Column<AgentResource>[] = [
  { title: 'ID', cell: (agent) => agent.id },
  { title: 'NAME', cell: (agent) => agent.name },
  { title: 'STATUS', cell: (agent) => agent.status },
  { title: 'TRANSPORT', cell: (agent) => agent.transport },
  { title: 'HOST', cell: (agent) => agent.info?.host },
  { title: 'VERSION', cell: (agent) => agent.info?.version },
  { title: 'ALLOWED', cell: (agent) => agent.info?.roots.map((root) => `${root.path}:${root.access}`).join(' ') },
  { title: 'LAST SEEN', cell: (agent) => agent.lastSeenAt && displayTime(agent.lastSeenAt) },
];

export function addAgentsCommand(program: Command, context: CommandContext): void {
  const agents = program.command('agents').description('the agents that the hub knows');
  withListOptions(agents.command('list', { isDefault: true }).description('list them; also without "list"')).action(
    async (options: ListOptions) => {
      const client = await connect(context.io, options);
      const empty = 'No agents yet. Make a token for one: ferry tokens create NAME';
      printListing(context.io, await client.agents(options.limit), columns, { ...options, empty });
    },
  );
  withClientOptions(agents.command('show').description('show one').argument('<name>', 'its name or id')).action(
    async (name: string, options: ClientOptions) => {
      const client = await connect(context.io, options);
      const agent = (await client.agents(MAX_AGENTS)).find((each) => each.name === name || String(each.id) === name);
      if (agent === undefined) throw new FerryError('NOT_FOUND', `The hub knows no agent "${name}".`);
      if (options.json) printJson(context.io, agent);
      else printListing(context.io, [agent], columns, { empty: '' });
    },
  );
}
