import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultyLink } from '../system/faulty-link.ts';
import { FerryProcesses } from '../system/ferry-processes.ts';
import { Ferryline, hubHttpSettings } from '../system/ferryline.ts';

// FAULTS.md F22: a name that leads nowhere, and then to a hub that moves.

/** Runs a command that sees other names of machines than the rest of this one: $1 is the hosts file, $2 where names are looked for. */
const WITH_HOSTS = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@"';

let folder: string;
let hosts: string;
let order: string;
let processes: FerryProcesses;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferryline-names-'));
  [hosts, order] = [join(folder, 'hosts'), join(folder, 'nsswitch.conf')];
  writeFileSync(hosts, '');
  writeFileSync(order, 'hosts: files\n');
  processes = new FerryProcesses();
});
afterEach(async () => {
  await processes.end();
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!canHaveOwnHosts())(
  'F22: an agent waits for the name of its hub, without haste, and follows it to another address (needs leave to mount)',
  async () => {
    await using stack = new AsyncDisposableStack();
    const ferryline = await Ferryline.start({ http: { ...hubHttpSettings, hosts: ['hub.test'] } });
    stack.defer(() => ferryline.close());
    const port = Number(ferryline.hubUrl.port);
    const link = await FaultyLink.start(ferryline.hubUrl, { host: '127.0.0.2', port });
    const { token } = await ferryline.post<{ token: string }>('tokens', { agent: 'far' });
    mkdirSync(join(folder, 'root'));
    const args = ['agent', '--allow', join(folder, 'root'), '--state-dir', join(folder, 'state')];
    const env = { PATH: process.env.PATH, HOME: folder, FERRY_HUB: `http://hub.test:${port}`, FERRY_TOKEN: token };

    const startedAtMs = performance.now();
    const agent = processes.start([...args, '--insecure-http'], env, [
      'unshare',
      '--mount',
      'sh',
      '-c',
      WITH_HOSTS,
      'sh',
      hosts,
      order,
    ]);
    await agent.says(/(cannot be reached[\s\S]*){3}/);
    const elapsedMs = performance.now() - startedAtMs;
    writeFileSync(hosts, '127.0.0.2 hub.test\n');
    await agent.says(/connected to the hub/);
    const dials = link.dials;
    writeFileSync(hosts, '127.0.0.1 hub.test\n');
    await link.close();
    await agent.says(/connected to the hub[\s\S]*connected to the hub/);

    // A half to a whole second before the third try, and half of that before the second.
    expect(elapsedMs).toBeGreaterThan(750);
    expect(dials).toBe(1);
  },
);

function canHaveOwnHosts(): boolean {
  return spawnSync('unshare', ['--mount', 'sh', '-c', 'mount --bind /dev/null /etc/hosts']).status === 0;
}
