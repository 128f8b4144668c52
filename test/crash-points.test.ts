import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CONTENT, DestinationLife, REF } from '../packages/agent/src/destination/example-life.ts';
import { AllowedRoots } from '../packages/agent/src/paths/allowed-roots.ts';
import { DirectoryTree } from '../packages/agent/src/paths/directory-tree.ts';

type Existing = 'replace' | 'fail';
type When = 'before' | 'after';
/** Where a process dies: at its n-th call, or at its first call of a name. */
interface Point {
  readonly at: number | string;
  readonly when: When;
}

const program = join(import.meta.dirname, 'system', 'receive-one-file.ts');
const killer = join(import.meta.dirname, 'system', 'die-at.ts');

let folder: string;
let root: string;
let stateDir: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-crash-'));
  [root, stateDir] = [join(folder, 'root'), join(folder, 'state')];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// A process that is killed leaves nothing compiled for the next one; the first one here lives.
beforeAll(() => {
  const work = mkdtempSync(join(tmpdir(), 'ferry-crash-'));
  [root, stateDir] = [join(work, 'root'), join(work, 'state')];
  prepare('fail');
  receive('fail', { at: 0, when: 'before' });
  rmSync(work, { recursive: true, force: true });
});

describe('F4: a destination that is killed at any call that changes its disk', () => {
  test.each<[Existing, When]>([
    ['replace', 'before'],
    ['replace', 'after'],
    ['fail', 'before'],
    ['fail', 'after'],
  ])(
    'keeps its promises, when the policy is %s, and it dies %s the call',
    async (existing, when) => {
      const points = await sweep(existing, when);

      expect(points).toBeGreaterThan(20);
    },
    120_000,
  );

  test.each<[string, Existing, Point]>([
    ['in the middle of the file', 'replace', { at: 'fdatasync', when: 'after' }],
    ['about to rename the file', 'replace', { at: 'rename', when: 'before' }],
    ['when it had renamed it', 'replace', { at: 'rename', when: 'after' }],
    ['about to link the file', 'fail', { at: 'link', when: 'before' }],
    ['when it had linked it', 'fail', { at: 'link', when: 'after' }],
  ])(
    'keeps its promises when it had died before, %s',
    async (_what, existing, first) => {
      const points = await sweep(existing, 'before', first);

      expect(points).toBeGreaterThan(3);
    },
    120_000,
  );
});

/**
 * Kills the process at one call after the other, until it ends by itself; returns how often. Each begins with the same disk: a new one,
 * or the one that a first death left.
 */
async function sweep(existing: Existing, when: When, first?: Point): Promise<number> {
  prepare(existing);
  const before = first === undefined ? [] : receive(existing, first).said;
  const begun = join(folder, 'begun');
  mkdirSync(begun);
  copy([root, stateDir], begun);
  for (let points = 0; ; points += 1) {
    for (const each of [root, stateDir]) rmSync(each, { recursive: true });
    copy([join(begun, 'root'), join(begun, 'state')], folder);
    const { said, wasKilled } = receive(existing, { at: points + 1, when });
    if (!wasKilled) return points;
    await checkPromises([...before, ...said], existing, `${when} call ${points + 1}`);
  }
}

/** With their hard links, which `cpSync` would make files of their own. */
function copy(directories: readonly string[], into: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', ...directories, into], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
}

/** A new disk: the directory is to be made, or is there and shows an old file. */
function prepare(existing: Existing): void {
  rmSync(root, { recursive: true, force: true });
  rmSync(stateDir, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  mkdirSync(stateDir);
  if (existing === 'fail') return;
  mkdirSync(join(root, 'sub'));
  writeFileSync(join(root, 'sub', 'file'), 'old');
}

function receive(existing: Existing, { at, when }: Point): { said: readonly string[]; wasKilled: boolean } {
  const env = { ...process.env, DIE_AT: String(at), DIE_WHEN: when };
  const args = ['--import', killer, program, root, stateDir, 'file', existing];
  const { stdout, stderr, signal } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const said = stdout.split('\n').filter((word) => word !== '');
  const wasKilled = signal === 'SIGKILL';
  if (!wasKilled) expect([said.at(-1), stderr]).toEqual(['finished', '']);
  return { said, wasKilled };
}

async function checkPromises(said: readonly string[], existing: Existing, where: string): Promise<void> {
  const file = join(root, 'sub', 'file');
  const before = existing === 'replace' ? 'old' : undefined;
  const shown = existsSync(file) ? readFileSync(file) : undefined;
  const isWhole = shown?.equals(CONTENT) ?? false;
  // Promise 1: nothing, the old file, or the whole new one.
  expect([where, isWhole || shown?.toString() === before]).toEqual([where, true]);
  // Promise 2: finished means that it is there.
  if (said.includes('finished')) expect([where, isWhole]).toEqual([where, true]);

  const roots = await AllowedRoots.open([{ path: root, access: 'rw' }], { stateDir });
  const tree = new DirectoryTree(roots);
  const life = new DestinationLife(tree, stateDir, { root, names: ['sub', 'file'] });
  const inode = shown && statSync(file).ino;
  const held = await life.receive({ existing });
  if (held === 'finished') {
    // FAULTS.md P7: never published twice.
    expect([where, isWhole, statSync(file).ino]).toEqual([where, true, inode]);
  } else {
    // Promise 3: what was acknowledged is not asked for again.
    const isHeld = (index: number): boolean => held.some(([first, count]) => index >= first && index < first + count);
    const missing = [0, 1, 2].filter((index) => !isHeld(index));
    expect([where, missing.filter((index) => said.includes(String(index)))]).toEqual([where, []]);
    for (const index of missing) await life.take(index);
    await life.finish();
  }
  expect([where, readFileSync(file).equals(CONTENT)]).toEqual([where, true]);
  life.destination.onSettled([REF]);
  await life.destination.close();
  tree.close();
  // Nothing of it stays beside the file.
  expect([where, readdirSync(join(root, 'sub'))]).toEqual([where, ['file']]);
}
