import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FerryProcesses } from '../system/ferry-processes.ts';

// FAULTS.md F44: a service whose log, or whose standard output, goes where nothing can be written.

const EMAIL = 'admin@example.test';
const PASSWORD = 'nobody guesses this one';

let processes: FerryProcesses;
let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  processes = new FerryProcesses();
  folder = mkdtempSync(join(tmpdir(), 'ferry-lost-output-'));
  for (const each of ['home', 'source', 'vault']) mkdirSync(join(folder, each));
  const kept = Object.entries(process.env).filter(([name]) => !/^(FERRY|XDG)_/.test(name));
  env = {
    ...Object.fromEntries(kept),
    HOME: join(folder, 'home'),
    FERRY_EMAIL: EMAIL,
    FERRY_PASSWORD: PASSWORD,
    FERRY_ADMIN_EMAIL: EMAIL,
    FERRY_ADMIN_PASSWORD: PASSWORD,
    FERRY_LOG_LEVEL: 'trace',
  };
});
afterEach(async () => {
  await processes.end();
  rmSync(folder, { recursive: true, force: true });
});

/** A command that runs the one that follows with one of its outputs on a disk that is full. */
function withFull(output: 1 | 2): readonly string[] {
  return ['sh', '-c', `exec "$@" ${output}>/dev/full`, 'sh'];
}

function hubArgs(): readonly string[] {
  return ['hub', '--port', '0', '--data-dir', join(folder, 'hub')];
}

describe.skipIf(!existsSync('/dev/full'))('F44: a full disk below', { timeout: 60_000 }, () => {
  test('the log of hub and agents keeps them from nothing: they copy, and end with 0', async () => {
    const hub = processes.start(hubArgs(), env, withFull(2));
    const [, url = ''] = await hub.says(/^Ferryline hub listening on (\S+)\n/);
    const asUser = { ...env, FERRY_HUB: url };
    const startAgent = async (name: string) => {
      const { stdout } = await processes.run(['tokens', 'create', name, '--json'], asUser);
      const { token } = JSON.parse(stdout) as { token: string };
      const args = ['agent', '--allow', join(folder, name), '--state-dir', join(folder, `state-${name}`)];
      const agent = processes.start(args, { ...asUser, FERRY_TOKEN: token }, withFull(2));
      await agent.says(/^Ferryline agent \S+ connected to http/);
      return agent;
    };
    const agents = [await startAgent('source'), await startAgent('vault')];
    writeFileSync(join(folder, 'source', 'file'), 'content');

    const places = [`source:${folder}/source/file`, `vault:${folder}/vault/file`];
    const copied = await processes.run(['cp', ...places], asUser);
    for (const service of [...agents, hub]) service.signal('SIGTERM');
    const ended = await Promise.all([...agents, hub].map((service) => service.ended));

    expect(copied).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(folder, 'vault', 'file'), 'utf8')).toBe('content');
    expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  });

  test('standard output of the hub keeps it from nothing: its log says so, and where it listens', async () => {
    const hub = processes.start(hubArgs(), env, withFull(1));
    const [, url = ''] = await hub.says(/"url":"([^"]+)".*"hub started"/);
    await hub.says(/"stream":"stdout","reason":"ENOSPC"/);

    const health = await fetch(new URL('api/v1/health', url));
    hub.signal('SIGTERM');

    expect(health.status).toBe(200);
    expect(await hub.ended).toMatchObject({ exitCode: 0 });
  });
});
