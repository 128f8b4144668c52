import type { Command } from 'commander';
import { connect } from '../client/connect.ts';
import { findAgent } from '../client/find.ts';
import type { HubClient } from '../client/hub-client.ts';
import { type ListedResource, listingSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { type Column, displayTime, printListing } from '../display/output.ts';
import { displayBytes } from '../display/quantity.ts';
import { type ClientOptions, withClientOptions } from './client-options.ts';

/** As many names as the hub gives at a time. */
const PAGE_ENTRIES = 1_000;

const columns: readonly Column<ListedResource>[] = [
  { title: 'KIND', cell: (entry) => entry.kind },
  { title: 'SIZE', cell: ({ sizeBytes }) => (sizeBytes === undefined ? undefined : displayBytes(sizeBytes)) },
  { title: 'MODIFIED', cell: (entry) => entry.modifiedAt && displayTime(entry.modifiedAt) },
  { title: 'NAME', cell: (entry) => (entry.kind === 'directory' ? `${entry.name}/` : entry.name) },
];

export function addLsCommand(program: Command, { io }: CommandContext): void {
  withClientOptions(program.command('ls').description('look into a directory of an agent'))
    .argument('<place>', 'AGENT:/path, or AGENT alone for what it allows')
    .action(async (place: string, options: ClientOptions) => {
      const client = await connect(io, options);
      const colon = place.indexOf(':');
      const agent = await findAgent(client, colon === -1 ? place : place.slice(0, colon));
      const path = colon === -1 ? '' : place.slice(colon + 1);
      if (path === '') {
        const roots = agent.info?.roots ?? [];
        const empty = `Agent ${agent.name} has never connected, so what it allows is not known yet.`;
        printListing(io, roots, [{ title: 'ALLOWED', cell: (root) => `${root.path}:${root.access}` }], {
          ...options,
          empty,
        });
        return;
      }
      const { entries, unlisted } = await listAll(client, agent.id, path);
      printListing(io, entries, columns, { ...options, empty: 'Nothing is in there.' });
      if (unlisted > 0) io.stderr.write(`ferry: ${unlisted} names are not valid UTF-8, and not shown\n`);
    });
}

async function listAll(
  client: HubClient,
  agentId: number,
  path: string,
): Promise<{ readonly entries: readonly ListedResource[]; readonly unlisted: number }> {
  const entries: ListedResource[] = [];
  for (;;) {
    const query = { path, limit: PAGE_ENTRIES, after: entries.at(-1)?.name };
    const page = await client.get(`agents/${agentId}/files`, listingSchema, query);
    entries.push(...page.entries);
    if (!page.more || page.entries.length === 0) return { entries, unlisted: page.unlisted };
  }
}
