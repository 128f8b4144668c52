import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FerryProcess, FerryProcesses } from './system/ferry-processes.ts';
import { treeListing } from './system/tree-listing.ts';

const MIB = 1024 * 1024;
const EMAIL = 'admin@example.test';
const PASSWORD = 'a password for tests only';

/** Random bytes, which do not get smaller on the way. */
const LARGE_BYTES = 96 * MIB;
/** Small files, with what frames them. */
const SMALL_BYTES = MIB;
/** The hub's memory for frames, all of which one route may have. */
const WINDOW_BYTES = 8 * MIB;

type Party = 'hub' | 'source' | 'destination';

describe('a copy during which a process is killed', () => {
  let processes: FerryProcesses;
  let folder: string;
  let plain: NodeJS.ProcessEnv;
  let env: NodeJS.ProcessEnv;
  let tokens: Readonly<Record<'source' | 'destination', string>>;
  let running: Record<Party, FerryProcess>;

  beforeEach(async () => {
    processes = new FerryProcesses();
    folder = mkdtempSync(join(tmpdir(), 'ferryline-killed-'));
    for (const each of ['home', 'source', 'destination']) mkdirSync(join(folder, each));
    const others = Object.entries(process.env).filter(([name]) => !/^(FERRY|XDG)_/.test(name));
    plain = { ...Object.fromEntries(others), HOME: join(folder, 'home') };
    const hub = startHub(0);
    const url = await addressOf(hub);
    env = { ...plain, FERRY_HUB: url, FERRY_EMAIL: EMAIL, FERRY_PASSWORD: PASSWORD };
    tokens = { source: await makeToken('source'), destination: await makeToken('destination') };
    running = { hub, source: startAgent('source'), destination: startAgent('destination') };
    await Promise.all([running.source.says(/connected to/), running.destination.says(/connected to/)]);
  });
  afterEach(async () => {
    await processes.end();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each<Party>(['hub', 'source', 'destination'])('arrives identical when the %s is', async (victim) => {
    const tree = join(folder, 'source', 'tree');
    mkdirSync(join(tree, 'small'), { recursive: true });
    writeFileSync(join(tree, 'large'), randomBytes(LARGE_BYTES));
    for (let at = 0; at < 500; at += 1) writeFileSync(join(tree, 'small', `${at}`), `content of ${at}`);
    const arrives = halfArrival(join(folder, 'destination'));
    const copy = processes.start(['cp', `source:${tree}`, `destination:${folder}/destination/`], env);
    await arrives;

    running[victim].signal('SIGKILL');
    await running[victim].ended;
    restart(victim);

    const { exitCode, stderr } = await copy.ended;
    expect(stderr).not.toContain('failed:');
    expect(exitCode).toBe(0);
    expect(await treeListing(join(folder, 'destination', 'tree'))).toEqual(await treeListing(tree));
    expect(readdirSync(join(folder, 'destination'))).toEqual(['tree']);
    expect(await bytesOnTheWire()).toBeLessThanOrEqual(LARGE_BYTES + SMALL_BYTES + WINDOW_BYTES);
  });

  function startHub(port: number): FerryProcess {
    const args = [
      'hub',
      '--port',
      `${port}`,
      '--data-dir',
      join(folder, 'hub'),
      '--relay-memory',
      `${WINDOW_BYTES}`,
      '--log-level',
      'warn',
    ];
    return processes.start(args, { ...plain, FERRY_ADMIN_EMAIL: EMAIL, FERRY_ADMIN_PASSWORD: PASSWORD });
  }

  function startAgent(name: 'source' | 'destination'): FerryProcess {
    const args = ['agent', '--allow', join(folder, name), '--state-dir', join(folder, `state-${name}`)];
    return processes.start(args, { ...plain, FERRY_HUB: env.FERRY_HUB, FERRY_TOKEN: tokens[name] });
  }

  function restart(victim: Party): void {
    if (victim === 'hub') startHub(Number(new URL(env.FERRY_HUB ?? '').port));
    else startAgent(victim);
  }

  async function bytesOnTheWire(): Promise<number> {
    const { stdout } = await processes.run(['runs', 'list', '--json'], env);
    const [run] = JSON.parse(stdout) as { counters: { wireBytes: number } }[];
    return run?.counters.wireBytes ?? Number.NaN;
  }

  async function makeToken(name: string): Promise<string> {
    const { stdout } = await processes.run(['tokens', 'create', name, '--json'], env);
    return (JSON.parse(stdout) as { token: string }).token;
  }

  async function addressOf(hub: FerryProcess): Promise<string> {
    return (await hub.says(/listening on (\S+)\n/))[1] ?? '';
  }

  /** Resolves when half of the large file is in its partial file below a directory. */
  function halfArrival(directory: string): Promise<void> {
    return new Promise((resolve) => {
      const watcher = watch(directory, { recursive: true }, (_event, name) => {
        if (name?.includes('.ferry-') !== true) return;
        const stats = statSync(join(directory, name), { throwIfNoEntry: false });
        if (stats === undefined || stats.size < LARGE_BYTES / 2) return;
        watcher.close();
        resolve();
      });
    });
  }
});
