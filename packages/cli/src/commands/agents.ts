import { type Command, Option } from 'commander';
import { connect } from '../client/connect.ts';
import { findAgent } from '../client/find.ts';
import { type AgentResource, agentSchema, roundTripSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { type Column, displayTime, printJson, printLine, printListing } from '../display/output.ts';
import type { Io } from '../io.ts';
import { addSharingCommands } from './agent-sharing.ts';
import { type ClientOptions, collect, type ListOptions, withClientOptions, withListOptions } from './client-options.ts';

const columns: readonly Column<AgentResource>[] = [
  { title: 'ID', cell: (agent) => agent.id },
  { title: 'NAME', cell: (agent) => agent.name },
  { title: 'STATUS', cell: (agent) => agent.status },
  { title: 'TRANSPORT', cell: (agent) => agent.transport },
  { title: 'HOST', cell: (agent) => agent.info?.host },
  { title: 'VERSION', cell: (agent) => agent.info?.version },
  { title: 'ALLOWED', cell: (agent) => agent.info?.roots.map((root) => `${root.path}:${root.access}`).join(' ') },
  { title: 'LABELS', cell: (agent) => agent.labels?.join(' ') },
  { title: 'LAST SEEN', cell: (agent) => agent.lastSeenAt && displayTime(agent.lastSeenAt) },
  { title: 'LAST POLL', cell: (agent) => agent.lastPollAt && displayTime(agent.lastPollAt) },
];

interface AgentListOptions extends ListOptions {
  readonly status?: string;
  readonly label?: string;
  readonly search?: string;
  readonly sort?: string;
}

interface AgentOptions extends ClientOptions {
  readonly name?: string;
  readonly description?: string;
  readonly label?: readonly string[];
}

export function addAgentsCommand(program: Command, { io }: CommandContext): void {
  const agents = program.command('agents').description('the agents that the hub knows');
  withListOptions(agents.command('list', { isDefault: true }).description('list them; also without "list"'))
    .addOption(new Option('--status <status>', 'only those').choices(['online', 'offline']))
    .option('--label <label>', 'only those with this label')
    .option('--search <text>', 'only those whose name or description contains this')
    .addOption(new Option('--sort <key>', 'newest first unless told otherwise').choices(['name', '-name', 'id', '-id']))
    .action(async ({ status, label, search, sort, ...options }: AgentListOptions) => {
      const client = await connect(io, options);
      const items = await client.list('agents', agentSchema, { status, label, q: search, sort }, options.limit);
      const empty = 'No such agents. Make a token for one: ferry tokens create NAME';
      printListing(io, items, columns, { ...options, empty });
    });
  named(agents, 'show', 'show one').action(async (agent: string, options: ClientOptions) => {
    show(io, await findAgent(await connect(io, options), agent), options);
  });
  withAgentOptions(
    withClientOptions(agents.command('create').description('make one; ferry tokens create does so as well')),
  )
    .argument('<name>', 'what it is called')
    .action(async (name: string, options: AgentOptions) => {
      const client = await connect(io, options);
      show(io, await client.post('agents', { name, ...agentBody(options) }, agentSchema), options);
    });
  withAgentOptions(named(agents, 'edit', 'change what is given; the rest stays'))
    .option('--name <name>', 'call it so from now on')
    .action(async (agent: string, options: AgentOptions) => {
      const client = await connect(io, options);
      const { id } = await findAgent(client, agent);
      const { name } = options;
      const body = { ...agentBody(options), ...(name !== undefined && { name }) };
      show(io, await client.patch(`agents/${id}`, body, agentSchema), options);
    });
  named(agents, 'test', 'ask it for a sign of life').action((agent: string, options: ClientOptions) =>
    test(agent, options, io),
  );
  named(agents, 'remove', 'remove one that no job and no run names').action(
    async (agent: string, options: ClientOptions) => {
      const client = await connect(io, options);
      const { id, name } = await findAgent(client, agent);
      await client.delete(`agents/${id}`);
      if (options.json) printJson(io, { id, removed: true });
      else printLine(io, `Agent ${displayName(name)} is removed, with its tokens.`);
    },
  );
  addSharingCommands(agents, io);
}

function named(agents: Command, name: string, description: string): Command {
  return withClientOptions(agents.command(name).description(description)).argument('<agent>', 'its name or id');
}

function withAgentOptions(command: Command): Command {
  return command
    .option('--description <text>', 'what it is, for people')
    .option('--label <label>', 'to find it by; may be repeated, and replaces all there were', collect);
}

function agentBody({ description, label }: AgentOptions) {
  return { ...(description !== undefined && { description }), ...(label && { labels: label }) };
}

function show(io: Io, agent: AgentResource, options: ClientOptions): void {
  if (options.json) printJson(io, agent);
  else printListing(io, [agent], columns, { empty: '' });
}

async function test(agent: string, options: ClientOptions, io: Io): Promise<void> {
  const client = await connect(io, options);
  const { id, name } = await findAgent(client, agent);
  const answer = await client.post(`agents/${id}/test`, {}, roundTripSchema);
  if (options.json) printJson(io, answer);
  else
    printLine(
      io,
      `Agent ${displayName(name)} answered in ${answer.roundTripMs} ms, by ${displayName(answer.transport)}.`,
    );
}
