import type { AgentResource, RunResource, TransferResource } from './resources.ts';

/** Answers of a hub as the tests want them: whole, and different only where a test cares. */

const source = { agent: { id: 1, name: 'web-01' }, path: '/srv/logs' };
const destination = { agent: { id: 2, name: 'vault' }, path: '/in' };

export function exampleRun(
  change: Partial<Omit<RunResource, 'counters'>> = {},
  counters: Partial<RunResource['counters']> = {},
): RunResource {
  return {
    id: 7,
    state: 'running',
    trigger: 'api',
    source,
    destination,
    createdAt: '2026-01-02T03:04:05.000Z',
    startedAt: '2026-01-02T03:04:05.000Z',
    ...change,
    counters: {
      filesPlanned: 0,
      filesMoved: 0,
      filesSkipped: 0,
      filesFailed: 0,
      bytesPlanned: 0,
      bytesMoved: 0,
      wireBytes: 0,
      directoriesPlanned: 0,
      linksPlanned: 0,
      ...counters,
    },
  };
}

export function exampleTransfer(change: Partial<TransferResource> = {}): TransferResource {
  return {
    id: 31,
    runId: 7,
    filename: 'a.log',
    sizeBytes: 10,
    source: { ...source, path: '/srv/logs/a.log' },
    destination: { ...destination, path: '/in/a.log' },
    state: 'completed',
    attempt: 1,
    bytesTransferred: 10,
    wireBytes: 10,
    ...change,
  };
}

export function exampleAgent(change: Partial<AgentResource> = {}): AgentResource {
  return {
    id: 1,
    name: 'web-01',
    status: 'online',
    transport: 'websocket',
    info: { version: '0.1.0', host: 'web-01', os: 'linux', arch: 'x64', roots: [{ path: '/srv', access: 'ro' }] },
    address: '127.0.0.1',
    createdAt: '2026-01-02T03:04:05.000Z',
    ...change,
  };
}
