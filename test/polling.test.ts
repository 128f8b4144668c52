import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentConfig, parseAllowedRoot, startAgent } from '@ferryline/agent';
import { proxyFor, readHubTrust } from '@ferryline/agent/dial';
import { startHub } from '@ferryline/hub';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeSelfSignedCertificate } from '../packages/hub/src/infrastructure/tls/self-signed-certificate.ts';
import { ConnectProxy } from './system/connect-proxy.ts';
import { Ferryline, hubConfig } from './system/ferryline.ts';
import { Impostor } from './system/impostor.ts';
import { Middlebox, type WebSocketTreatment } from './system/middlebox.ts';
import { runFerry } from './system/run-ferry.ts';
import { sha256, treeDifferences } from './system/tree-differences.ts';

const MIB = 1024 * 1024;
/** Of `hubConfig`: what may be on its way through the hub. */
const WINDOW_BYTES = 32 * MIB;

let ferryline: Ferryline;
let box: Middlebox;
let closing: (() => Promise<unknown>)[];
/** What the agents say to people. */
let said: string[];

async function start(settings: Parameters<typeof Ferryline.start>[0] = {}): Promise<void> {
  ferryline = await Ferryline.start(settings);
  closing.push(() => ferryline.close());
  box = await Middlebox.start(ferryline.hubUrl);
  closing.push(() => box[Symbol.asyncDispose]());
}

beforeEach(() => {
  closing = [];
  said = [];
});

afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

const logger = pino({ level: 'info' }, { write: (line) => said.push((JSON.parse(line) as { msg: string }).msg) });

/** Both agents, behind the middlebox, side by side. */
async function startAgents(config: Partial<AgentConfig> = {}): Promise<void> {
  const start = async (name: string): Promise<void> => {
    const { token } = await ferryline.post<{ token: string }>('tokens', { agent: name });
    const roots = [parseAllowedRoot(join(ferryline.folder, name))];
    const stateDir = join(ferryline.folder, `state-${name}`);
    const agent = await startAgent({ hubUrl: box.url, token, roots, stateDir, ...config }, logger);
    closing.push(() => agent.close());
    await agent.welcome;
  };
  await Promise.all(['source', 'destination'].map(start));
}

async function transports(): Promise<readonly string[]> {
  const { items } = await ferryline.get<{ items: { transport: string }[] }>('agents');
  return items.map(({ transport }) => transport);
}

/** Resolves when all agents talk to the hub this way. */
async function allBy(transport: string): Promise<void> {
  while ((await transports()).some((each) => each !== transport))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Small files, some in folders, and two of several chunks. */
/** @param folders - each of 50 small files */
async function plantTree(folders = 4): Promise<void> {
  const tree = join(ferryline.folder, 'source', 'tree');
  for (let folder = 0; folder < folders; folder += 1) {
    await mkdir(join(tree, String(folder)), { recursive: true });
    for (let file = 0; file < 50; file += 1)
      await writeFile(join(tree, String(folder), String(file)), randomBytes(file * 100));
  }
  for (const name of ['large', 'larger']) await writeFile(join(tree, name), randomBytes(5 * MIB + 7));
}

async function expectCopied(): Promise<void> {
  const [source, destination] = ['source', 'destination'].map((end) => join(ferryline.folder, end, 'tree'));
  expect(await treeDifferences(source ?? '', destination ?? '')).toEqual([]);
}

describe('F16: agents behind a proxy that', () => {
  test.each<[string, WebSocketTreatment, string]>([
    ['refuses WebSockets', 'refuse', 'the WebSocket handshake was answered with 403'],
    ['takes the Upgrade header away', 'strip', 'the WebSocket handshake was answered with 404'],
    ['says yes to WebSockets and carries nothing', 'swallow', 'the WebSocket opened and stayed silent for 5 s'],
  ])('%s poll within 10 s, and copy a tree', async (_which, treatment, why) => {
    await start();
    await plantTree();
    box.webSockets = treatment;
    const before = performance.now();
    await startAgents();
    const tookMs = performance.now() - before;

    const run = await ferryline.copy('tree', 'tree');

    expect(run.state).toBe('completed');
    await expectCopied();
    expect(tookMs).toBeLessThan(10_000);
    expect(said.filter((line) => line.startsWith('connected by'))).toEqual(
      Array(2).fill(`connected by HTTPS polling, because ${why}`),
    );
    const { email = '', password = '' } = hubConfig('', 0).admin;
    const env = {
      HOME: ferryline.folder,
      FERRY_HUB: ferryline.hubUrl.href,
      FERRY_EMAIL: email,
      FERRY_PASSWORD: password,
    };
    expect((await runFerry(['agents'], env)).stdout.match(/ polling /g)).toHaveLength(2);
  });

  test('is mended have a running copy go on by WebSocket, without sending again what was on its way', async () => {
    await start();
    const size = 48 * MIB;
    await writeFile(join(ferryline.folder, 'source', 'file'), randomBytes(size));
    box.webSockets = 'refuse';
    await startAgents({ probeIntervalMs: 200 });
    const held = box.holdLanes();
    const { id } = await ferryline.startCopy('file', 'file');
    await held;
    expect(await transports()).toEqual(['polling', 'polling']);

    box.webSockets = 'pass';
    await allBy('websocket');
    expect(await ferryline.runWhen(id, () => true)).toMatchObject({ state: 'running' });
    box.releaseLanes();

    const run = await ferryline.settled(id);
    expect(run.state).toBe('completed');
    const [source, destination] = ['source', 'destination'].map((end) => join(ferryline.folder, end, 'file'));
    expect(await sha256(destination ?? '')).toBe(await sha256(source ?? ''));
    expect(said.filter((line) => line === 'back on WebSocket')).toHaveLength(2);
    expect(said).not.toContain('the connection to the hub is lost');
    // The window and headers may travel again, the rest may not; and nothing does where no request failed.
    expect(run.counters.wireBytes).toBeLessThan(size + WINDOW_BYTES + MIB);
    expect(run.counters.wireBytes).toBeLessThan(size + MIB);
  });
});

test('F16: agents that went back to WebSocket before they had anything to do copy as any other', async () => {
  await start();
  await plantTree();
  box.webSockets = 'refuse';
  await startAgents({ probeIntervalMs: 200 });
  box.webSockets = 'pass';
  await allBy('websocket');

  const run = await ferryline.copy('tree', 'tree');

  expect(run.state).toBe('completed');
  await expectCopied();
  expect(said).not.toContain('the connection to the hub is lost');
});

test('F17: when a proxy loses every fifth answer to agents that poll, nothing is lost and nothing is done twice', async () => {
  await start();
  await plantTree(10);
  box.losesEvery = 5;
  await startAgents({ transport: 'polling' });

  const run = await ferryline.copy('tree', 'tree');

  expect(run.state).toBe('completed');
  await expectCopied();
  expect(box.counts.lost).toBeGreaterThan(5);
  expect(said).not.toContain('the connection to the hub is lost');
  const bytes = 10 * 100 * ((49 * 50) / 2) + 2 * (5 * MIB + 7);
  expect(run.counters).toMatchObject({ filesMoved: 502, bytesMoved: bytes });
  // Each chunk has travelled once, with its header.
  expect(run.counters.wireBytes).toBeLessThan(bytes + 600 * 72);
});

describe('F18: behind a proxy that keeps answers back and cuts connections that carry nothing', () => {
  test.each(['websocket', 'polling'] as const)('agents stay connected by %s, and copy', async (transport) => {
    await start({ heartbeatSeconds: 1 });
    await plantTree();
    box.delayMs = 50;
    box.cutIdle(3_000);
    await startAgents({ transport });
    // Five heartbeats of both: longer than idle connections live.
    const before = box.counts.fromHub;
    while (box.counts.fromHub < before + 2 * 5) await new Promise((resolve) => setTimeout(resolve, 20));

    const run = await ferryline.copy('tree', 'tree');

    expect(run.state).toBe('completed');
    await expectCopied();
    expect(said).not.toContain('the connection to the hub is lost');
    expect(await transports()).toEqual([transport, transport]);
  });

  test('agents that poll go on when connections are cut before the hub has anything to say', async () => {
    await start({ heartbeatSeconds: 4 });
    await plantTree();
    box.cutIdle(1_500);
    await startAgents({ transport: 'polling' });
    while (box.counts.idle < 3) await new Promise((resolve) => setTimeout(resolve, 20));

    expect((await ferryline.copy('tree', 'tree')).state).toBe('completed');
    await expectCopied();
    expect(said).not.toContain('the connection to the hub is lost');
  });
});

describe('an agent that polls a hub with TLS', () => {
  /** A name that only the proxy knows. */
  const NAME = 'hub.test';
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferry-polling-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    for (const name of ['source', 'destination']) await mkdir(join(folder, name));
  });

  async function agent(name: string, config: Pick<AgentConfig, 'hubUrl' | 'token' | 'trust' | 'proxy'>) {
    const [roots, stateDir] = [[parseAllowedRoot(join(folder, name))], join(folder, `state-${name}`)];
    const running = await startAgent({ ...config, transport: 'polling', roots, stateDir }, logger);
    closing.push(() => running.close());
    return running;
  }

  test('knows it by its authority, and reaches it by way of a proxy', async () => {
    const [from, until] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
    const made = makeSelfSignedCertificate({ names: [NAME], from, until });
    const [certFile, keyFile] = [join(folder, 'hub.pem'), join(folder, 'hub.key')];
    await writeFile(certFile, made.certificate);
    await writeFile(keyFile, made.key, { mode: 0o600 });
    const config = { ...hubConfig(folder, 0), tls: { kind: 'files', certFile, keyFile } as const };
    const hub = await startHub(config, { logger: pino({ level: 'silent' }) });
    closing.push(() => hub.close());
    const port = Number(new URL(hub.url).port);
    await using proxy = await ConnectProxy.start({ routes: { [`${NAME}:${port}`]: port } });
    const env = {
      HOME: folder,
      FERRY_HUB: `https://${NAME}:${port}`,
      FERRY_EMAIL: config.admin.email ?? '',
      FERRY_PASSWORD: config.admin.password ?? '',
      FERRY_CA_FILE: certFile,
      HTTPS_PROXY: proxy.url,
    };
    const hubUrl = new URL(env.FERRY_HUB);
    const way = proxyFor(hubUrl, env);
    const dialled = { hubUrl, trust: await readHubTrust({ caFile: certFile }), ...(way && { proxy: way }) };
    for (const name of ['source', 'destination']) {
      const { stdout } = await runFerry(['tokens', 'create', name], env);
      await (await agent(name, { ...dialled, token: stdout.trim() })).welcome;
    }
    await writeFile(join(folder, 'source', 'a'), 'moved');

    const copied = await runFerry(['cp', `source:${folder}/source/a`, `destination:${folder}/destination/`], env);

    expect(copied).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(folder, 'destination', 'a'), 'utf8')).toBe('moved');
  });

  test('A74: says nothing to whoever stands where it should, and says so', async () => {
    await using impostor = await Impostor.start();
    const trust = await readHubTrust({ pin: `sha256:${'ab'.repeat(32)}` });

    await agent('source', { hubUrl: impostor.url, token: 'the token', trust });
    while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));

    expect(said).toEqual(['the hub cannot be reached']);
    await impostor.quiet();
    expect(impostor.heard).toBe('');
  });
});
