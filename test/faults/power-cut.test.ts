import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DestinationLife, REF } from '../../packages/agent/src/destination/example-life.ts';
import { AllowedRoots } from '../../packages/agent/src/paths/allowed-roots.ts';
import { DirectoryTree } from '../../packages/agent/src/paths/directory-tree.ts';
import { type FerryProcess, FerryProcesses } from '../system/ferry-processes.ts';
import { LoopDisk } from '../system/loop-disk.ts';
import { random } from '../system/random.ts';
import { faultsInSqlite } from '../system/sqlite-integrity.ts';
import { RealAgents } from '../system/writers/real-agents.ts';
import { Writers } from '../system/writers/writers.ts';

// FAULTS.md F45: the power goes while clients write and files arrive, and everything on that disk that was not synced with it.

const ACCOUNT = { email: 'admin@example.test', password: 'long enough for a test' };
/** One each time the suite runs; FERRY_CUTS=20 takes longer. */
const CUTS = Number(process.env.FERRY_CUTS ?? 1);
const SEED = Number(process.env.FERRY_SEED ?? 1);
/** About as long as the hub takes for a change when eight are asked for at a time. */
const REQUEST_MS = 20;

let folder: string;
let processes: FerryProcesses;
let agents: RealAgents | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferryline-power-'));
  processes = new FerryProcesses();
});
afterEach(async () => {
  await processes.end();
  await agents?.disconnect();
  agents = undefined;
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!LoopDisk.isPossible())(
  'F45: a hub and its agents whose power is cut have lost nothing that was acknowledged, and show no file in part (needs leave to mount)',
  { timeout: 30_000 * (CUTS + 1) },
  async () => {
    using disk = LoopDisk.make(folder);
    const chance = random(SEED);
    let hub = startHub(disk.path, 0);
    const url = await addressOf(hub);
    agents = await RealAgents.enrol(disk.path, url, ACCOUNT);
    // What is to be copied was there for long.
    disk.sync();
    const writers = await Writers.at(url, ACCOUNT, agents.ends);

    for (let cut = 0; cut < CUTS; cut += 1) {
      await agents.connect();
      const writing = writers.write(20 + Math.floor(chance() * 40));
      await writing.enough;
      // At any point of what they ask for now, and not always just behind an answer.
      await delay(chance() * REQUEST_MS);
      // A machine without power answers nothing: the hub stops in the middle of what it does, and what it did last is synced or not.
      hub.signal('SIGSTOP');
      disk.cutPower();
      hub.signal('SIGKILL');
      await hub.ended;
      await writing.stopped;
      await agents.disconnect();
      disk.switchOn();

      expect(faultsInSqlite(join(disk.path, 'hub', 'ferryline.db'))).toEqual([]);
      expect(filesInPart(join(disk.path, 'near'))).toEqual([]);
      hub = startHub(disk.path, Number(new URL(url).port));
      await addressOf(hub);
      expect(await writers.account()).toEqual([]);
    }

    await agents.connect();
    await writers.runsEnded();
    expect(await writers.account()).toEqual([]);
    expect(filesInPart(join(disk.path, 'near'))).toEqual([]);
    await processes.end();
    await agents.disconnect();
  },
);

test.skipIf(!LoopDisk.isPossible())(
  'F45: a partial file that was removed and forgotten does not come back with the power (needs leave to mount)',
  async () => {
    using disk = LoopDisk.make(folder, 32);
    const stateDir = join(folder, 'state');
    mkdirSync(stateDir);
    const tree = new DirectoryTree(await AllowedRoots.open([{ path: disk.path, access: 'rw' }], { stateDir }));
    const life = new DestinationLife(tree, stateDir, { root: disk.path, names: ['file'] });
    await life.receive();
    await life.take(0);

    life.destination.onCancel([REF]);
    await life.destination.removed();
    disk.cutPower();
    await life.destination.close();
    tree.close();
    disk.switchOn();

    expect(life.destination.holds()).toEqual([]);
    expect(readdirSync(disk.path)).toEqual(['lost+found']);
  },
);

function startHub(at: string, port: number): FerryProcess {
  const others = Object.entries(process.env).filter(([name]) => !/^(FERRY|XDG)_/.test(name));
  return processes.start(['hub', '--port', `${port}`, '--data-dir', join(at, 'hub'), '--log-level', 'silent'], {
    ...Object.fromEntries(others),
    HOME: folder,
    FERRY_ADMIN_EMAIL: ACCOUNT.email,
    FERRY_ADMIN_PASSWORD: ACCOUNT.password,
    FERRY_REQUESTS_PER_MINUTE: '1000000',
  });
}

async function addressOf(hub: FerryProcess): Promise<string> {
  return (await hub.says(/listening on (\S+)\n/))[1] ?? '';
}

/** Published files that are not what was sent (`content of` and their name); hidden ones are nobody's yet. */
function filesInPart(directory: string): readonly string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return files
    .filter(({ name }) => !name.startsWith('.ferry-'))
    .filter(({ name, parentPath }) => readFileSync(join(parentPath, name), 'utf8') !== `content of ${name}`)
    .map(({ name, parentPath }) => join(parentPath, name));
}
