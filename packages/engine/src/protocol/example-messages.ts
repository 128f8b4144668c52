import type { AgentMessage } from './agent-messages.ts';
import type { HubMessage } from './hub-messages.ts';

/** One message of every type, for tests: those that an agent sends, and those that the hub sends. */

const ref = { transfer: 1, attempt: 1 };
const hash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const identity = { dev: '66306', ino: '12', size: 5, mtimeNs: '1790000000000000000', ctimeNs: '-1' };
const path = { root: '/srv', names: ['in', 'a.txt'] };
const times = { mode: 0o644, mtimeNs: '1790000000000000000' };
const failure = { code: 'NO_SPACE', message: 'The disk of vault is full.' } as const;

export const exampleAgentMessages: readonly AgentMessage[] = [
  {
    type: 'hello',
    protocolVersions: [1],
    agentVersion: '0.1.0',
    host: 'web-01',
    os: 'linux',
    arch: 'x64',
    instance: '0b54c1aa93d0',
    roots: [{ path: '/srv', access: 'rw' }],
    holds: [ref],
  },
  { type: 'pong', nonce: 'n' },
  {
    type: 'entries',
    run: 1,
    page: 0,
    entries: [
      { kind: 'directory', names: [], ...times },
      { kind: 'file', names: ['a.txt'], ...times, identity },
      { kind: 'symlink', names: ['b'], target: 'a.txt' },
    ],
    skipped: [{ path: 'fifo', reason: 'not a file' }],
    last: true,
  },
  { type: 'runFailed', run: 1, ...failure },
  { type: 'arranged', run: 1, page: 0, failures: [{ path: 'in', ...failure }] },
  { type: 'sealed', run: 1, page: 0, failures: [] },
  { type: 'receiving', transfers: [{ ...ref, held: [[0, 4], [6, 1]] }] }, // biome-ignore format: ranges read best in one line
  { type: 'sent', transfers: [{ ...ref, fileHash: hash, chunkListHash: hash }] },
  { type: 'finished', transfers: [ref] },
  {
    type: 'failed',
    transfers: [
      { ...ref, ...failure },
      {
        transfer: 2,
        attempt: 1,
        code: 'SOURCE_CHANGED',
        message: 'It was written to.',
        present: { ...times, identity },
      },
    ],
  },
  { type: 'waiting', transfers: [{ ...ref, ...failure }] },
  { type: 'working', transfers: [ref] },
  {
    type: 'listing',
    request: 1,
    entries: [
      { name: 'a.txt', kind: 'file', size: 5, mtimeNs: '1790000000000000000' },
      { name: 'b', kind: 'directory' },
    ],
    more: false,
    unlisted: 0,
  },
  { type: 'listFailed', request: 1, code: 'SOURCE_NOT_FOUND', message: 'There is no /srv/x.' },
];

export const exampleHubMessages: readonly HubMessage[] = [
  {
    type: 'welcome',
    session: '6f0c2ab19e',
    protocolVersion: 1,
    agent: { id: 1, name: 'web-01' },
    heartbeatMs: 15_000,
    hears: ['waiting'],
  },
  { type: 'resumed', after: 0 },
  { type: 'refused', ...failure },
  { type: 'ping', nonce: 'n' },
  { type: 'scan', run: 1, path, include: ['*.log'], exclude: ['tmp/'] },
  { type: 'entriesTaken', run: 1, page: 0 },
  {
    type: 'arrange',
    run: 1,
    page: 0,
    into: path,
    directories: [{ names: ['d'] }],
    links: [{ names: ['l'], target: 'd' }],
    existing: 'replace',
  },
  { type: 'seal', run: 1, page: 0, into: path, directories: [{ names: ['d'], ...times }] },
  { type: 'receive', transfers: [{ ...ref, path, size: 5, chunkSize: 1_048_576, ...times, existing: 'fail' }] },
  {
    type: 'send',
    route: 2,
    windowBytes: 67_108_864,
    transfers: [{ ...ref, path, identity, chunkSize: 1_048_576, compression: 'auto', held: [[0, 1]] }],
  },
  { type: 'window', route: 2, windowBytes: 1_048_576 },
  { type: 'finish', transfers: [{ ...ref, fileHash: hash, chunkListHash: hash }] },
  { type: 'settled', transfers: [ref] },
  { type: 'cancel', transfers: [ref] },
  { type: 'cancelScan', run: 1 },
  { type: 'list', request: 1, path, after: 'a.txt', limit: 100 },
];
