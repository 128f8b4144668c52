import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllowedRoot, type RunningAgent, startAgent } from '@ferryline/agent';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reconnectDelayMs } from '../../packages/agent/src/session/backoff.ts';
import { Stranger } from '../protocol/stranger.ts';
import { type FerryProcess, FerryProcesses } from '../system/ferry-processes.ts';
import { HubClient } from '../system/writers/hub-client.ts';

// FAULTS.md F7 and F25: many agents at once, which take nothing, or which all come back in the same moment.

const MIB = 2 ** 20;
/** Some each time the suite runs; FERRY_AGENTS=2000 takes longer. */
const AGENTS = Number(process.env.FERRY_AGENTS ?? 50);
const RELAY_MEMORY_BYTES = 16 * MIB;
/** What a hub grows by, once, when it does everything for the first time. */
const WARM_UP_BYTES = 64 * MIB;
const ACCOUNT = { email: 'admin@example.test', password: 'long enough for a test' };
const VAULT = [{ path: '/vault', access: 'rw' }] as const;

let folder: string;
let processes: FerryProcesses;
let hub: FerryProcess;
let url: URL;
let client: HubClient;
let tokens: readonly string[];
let source: RunningAgent;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ferryline-crowd-'));
  for (const each of ['source', 'state']) mkdirSync(join(folder, each));
  writeFileSync(join(folder, 'source', 'file'), randomBytes(8 * MIB));
  processes = new FerryProcesses();
  hub = startHub(0);
  url = new URL((await hub.says(/listening on (\S+)\n/))[1] ?? '');
  client = new HubClient(url.href, ACCOUNT);
  await client.signIn();
  tokens = await Promise.all(Array.from({ length: AGENTS }, (_, at) => tokenOf(`agent-${at}`)));
  const roots = [parseAllowedRoot(`${join(folder, 'source')}:rw`)];
  const token = await tokenOf('source');
  source = await startAgent({ hubUrl: url, token, roots, stateDir: join(folder, 'state') }, pino({ level: 'silent' }));
  await source.welcome;
});
afterAll(async () => {
  await source?.close();
  await processes.end();
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(process.platform !== 'linux')(
  'F7: a hub with little memory and many receivers that take nothing stays within it, and serves the others',
  async () => {
    const receivers = await Promise.all(tokens.map((token) => Stranger.connect(url, token, VAULT)));
    for (const receiver of receivers) receiver.stopReadingLane();
    const before = residentBytes(hub);
    await Promise.all(receivers.map((_, at) => copyTo({ agent: `agent-${at}`, path: '/vault/file' })));
    for (const receiver of receivers) {
      const { transfers } = await receiver.hear('receive');
      receiver.say({ type: 'receiving', transfers: transfers.map((each) => ({ ...each, held: [] })) });
    }

    const run = await copyTo({ agent: 'source', path: join(folder, 'source', 'copy') });
    await expect.poll(() => stateOf(run), { timeout: 30_000 }).toBe('completed');

    // To each a chunk can be on its way, and to all together the budget.
    expect(residentBytes(hub) - before).toBeLessThan(RELAY_MEMORY_BYTES + AGENTS * MIB + WARM_UP_BYTES);
    await Promise.all(receivers.map((receiver) => receiver.leave()));
  },
);

test('F25: agents that all lose a hub in the same moment are welcome again within ten seconds of its return', async () => {
  const agents = await Promise.all(tokens.map((token) => Stranger.connect(url, token)));
  hub.signal('SIGKILL');
  await Promise.all([hub.ended, ...agents.map((agent) => agent.ended)]);
  hub = startHub(Number(url.port));

  const up = hub.says(/listening on/).then(() => performance.now());
  const returned = await Promise.all(
    tokens.map(async (token) => {
      for (let failures = 1; ; failures += 1) {
        await delay(reconnectDelayMs(failures, Math.random()));
        const again = await Stranger.connect(url, token).catch(() => undefined);
        if (again !== undefined) return { again, atMs: performance.now() };
      }
    }),
  );

  const upAtMs = await up;
  const waits = returned.map(({ atMs }) => atMs - upAtMs).toSorted((a, b) => a - b);
  expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThan(10_000);
  await Promise.all(returned.map(({ again }) => again.leave()));
});

function startHub(port: number): FerryProcess {
  const others = Object.entries(process.env).filter(([name]) => !/^(FERRY|XDG)_/.test(name));
  const where = ['--port', `${port}`, '--data-dir', join(folder, 'hub')];
  const how = ['--relay-memory', `${RELAY_MEMORY_BYTES}`, '--log-level', 'silent'];
  return processes.start(['hub', ...where, ...how], {
    ...Object.fromEntries(others),
    HOME: folder,
    NODE_OPTIONS: '--max-old-space-size=256',
    FERRY_ADMIN_EMAIL: ACCOUNT.email,
    FERRY_ADMIN_PASSWORD: ACCOUNT.password,
    FERRY_REQUESTS_PER_MINUTE: '1000000',
  });
}

async function tokenOf(agent: string): Promise<string> {
  return String((await client.post('tokens', { agent })).body.token);
}

async function copyTo(destination: object): Promise<unknown> {
  const from = { agent: 'source', path: join(folder, 'source', 'file') };
  return (await client.post('runs', { source: from, destination, options: { compression: 'none' } })).body.id;
}

async function stateOf(run: unknown): Promise<unknown> {
  return (await client.get(`runs/${run}`)).body.state;
}

/** What a process holds of the machine's memory. */
function residentBytes({ pid }: FerryProcess): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
