import type { Selectable, Updateable } from 'kysely';
import type { Agent, AgentInfo } from '../../domain/agent/agent.ts';
import type { AgentChanges, AgentConnection } from '../../domain/agent/agent-repository.ts';
import type { AgentTable } from './schema.ts';

export function agentFrom(row: Selectable<AgentTable>): Agent {
  const info = infoFrom(row);
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    labels: JSON.parse(row.labels),
    status: row.status,
    ...(row.transport !== null && { transport: row.transport }),
    ...(info !== undefined && { info }),
    ...(row.address !== null && { address: row.address }),
    createdAt: new Date(row.created_at),
    ...(row.last_seen_at !== null && { lastSeenAt: new Date(row.last_seen_at) }),
    ...(row.last_poll_at !== null && { lastPollAt: new Date(row.last_poll_at) }),
    version: row.revision,
  };
}

/** The columns that a connection writes. */
export function connectionColumns({ info, transport, address, at }: AgentConnection) {
  return {
    status: 'online',
    transport,
    version: info.version,
    host: info.host,
    os: info.os,
    arch: info.arch,
    roots: JSON.stringify(info.roots),
    address,
    last_seen_at: at.getTime(),
    ...(transport === 'polling' && { last_poll_at: at.getTime() }),
  } as const;
}

/** The columns that a change by a person writes. */
export function agentChangeColumns({ name, description, labels }: AgentChanges): Updateable<AgentTable> {
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(labels !== undefined && { labels: JSON.stringify(labels) }),
  };
}

function infoFrom({ version, host, os, arch, roots }: Selectable<AgentTable>): AgentInfo | undefined {
  if (version === null || host === null || os === null || arch === null || roots === null) return undefined;
  return { version, host, os, arch, roots: JSON.parse(roots) };
}
