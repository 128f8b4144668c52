import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { DestinationLife } from './example-life.ts';

const ORPHAN = '.ferry-8-1.part';
/** What was left alone until then is old enough. */
const soon = () => Date.now() + 60_000;

let world: TestTree;
let stateDir: string;
let life: DestinationLife;

beforeEach(async () => {
  world = await openTestTree();
  stateDir = mkdtempSync(join(tmpdir(), 'ferry-state-'));
  life = new DestinationLife(world.tree, stateDir, world.at('file'));
});
afterEach(async () => {
  await life.destination.close();
  world.close();
  rmSync(stateDir, { recursive: true, force: true });
});

describe('a partial file that no journal knows', () => {
  test('is removed from where the agent writes, when nobody touched it for long enough', async () => {
    put(ORPHAN);
    await life.receive();

    await dropLeftBehind(Date.now() - 60_000);
    const younger = existsSync(at(ORPHAN));
    await dropLeftBehind(soon());

    expect(younger).toBe(true);
    expect(readdirSync(world.root)).toEqual(['.ferry-7-1.part']);
  });

  test('stays where this life of the agent has not written', async () => {
    mkdirSync(at('elsewhere'));
    put(join('elsewhere', ORPHAN));
    await life.receive();

    await dropLeftBehind(soon());

    expect(readdirSync(at('elsewhere'))).toEqual([ORPHAN]);
  });

  test('is removed when the state directory was lost, and the agent writes there again', async () => {
    await life.receive();
    await life.destination.close();
    rmSync(stateDir, { recursive: true });
    mkdirSync(stateDir);
    life = new DestinationLife(world.tree, stateDir, world.at('another'));
    await life.receive({ transfer: 9 });

    await dropLeftBehind(soon());

    expect(readdirSync(world.root)).toEqual(['.ferry-9-1.part']);
  });
});

test.each<[string, (path: string) => void]>([
  ['has a name that is not quite ours', (path) => renameSync(path, at('.ferry-08-1.part'))],
  ['is known to the journal', () => undefined],
  ['is open to others', (path) => chmodSync(path, 0o644)],
  ['has another name as well', (path) => linkSync(path, join(world.outside, 'precious'))],
  ['is a link', (path) => [rmSync(path), symlinkSync('/etc/hostname', path)]],
  ['is a directory', (path) => [rmSync(path), mkdirSync(path, { mode: 0o600 })]],
  ['is complete, and may have been about to be published', (path) => utimesSync(path, 1, 981_173_106)],
])('what %s is left alone, however old', async (what, change) => {
  put(ORPHAN);
  change(at(ORPHAN));
  const before = readdirSync(world.root);
  await life.receive({ transfer: what.startsWith('is known') ? 8 : 7 });

  await dropLeftBehind(soon());

  expect(readdirSync(world.root)).toEqual(expect.arrayContaining(before));
});

async function dropLeftBehind(untilMs: number): Promise<void> {
  life.destination.dropLeftBehind(untilMs);
  await life.destination.removed();
}

/** As a life of this agent that nobody remembers left it. */
function put(name: string): void {
  writeFileSync(at(name), 'left', { mode: 0o600 });
}

function at(name: string): string {
  return join(world.root, name);
}
