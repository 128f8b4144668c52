import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { CHUNK, CONTENT, DestinationLife, REF } from './example-life.ts';

const CHUNKS = [0, 1, 2] as const;

let world: TestTree;
let stateDir: string;
let lives: DestinationLife[];
let path: string;

beforeEach(async () => {
  world = await openTestTree();
  stateDir = mkdtempSync(join(tmpdir(), 'ferry-state-'));
  lives = [];
  path = join(world.root, 'file');
});
afterEach(async () => {
  for (const life of lives) await life.destination.close();
  world.close();
  rmSync(stateDir, { recursive: true, force: true });
});

describe('F41: a destination to which a file is offered that the hub has settled', () => {
  test('says finished, and does not publish it again', async () => {
    const life = await settledLife();
    const { ino } = statSync(path);

    expect(await life.receive()).toBe('finished');
    life.destination.onSettled([REF]);
    expect(await life.receive()).toBe('finished');
    expect(statSync(path).ino).toBe(ino);
  });

  test('says finished in a later life as well', async () => {
    await settledLife();

    expect(await begin().receive()).toBe('finished');
    expect(await begin().receive()).toBe('finished');
  });

  test('does not tell of it unasked, until it was offered again', async () => {
    const life = await settledLife();
    const before = life.destination.holds();
    await life.receive();

    expect([before, life.destination.holds()]).toEqual([[], [REF]]);
    expect(begin().destination.holds()).toEqual([]);
  });

  test.each([
    ['was taken away', () => renameSync(path, join(world.outside, 'taken away'))],
    ['was written to', () => writeFileSync(path, Buffer.concat([CONTENT.subarray(1), Buffer.from('.')]))],
    ['is longer', () => appendInSilence()],
    ['was replaced by one of the same size and time', () => replaceInSilence()],
  ])('receives it anew when what it published %s', async (_what, change) => {
    const life = await settledLife();
    change();

    expect(await life.receive()).toEqual([]);
    for (const index of CHUNKS) await life.take(index);
    await life.finish();

    expect(readFileSync(path).equals(CONTENT)).toBe(true);
  });

  test.each([
    ['another file', () => ({ size: CHUNK })],
    ['another place', () => ({ path: world.at('other') })],
    ['a newer attempt', () => ({ attempt: REF.attempt + 1 })],
  ])('receives %s by the same number from nothing', async (_what, change) => {
    const life = await settledLife();

    expect(await life.receive(change())).toEqual([]);
  });

  test.each([
    ['cancelled', (life: DestinationLife) => life.destination.onCancel([REF])],
    ['settled long ago', (life: DestinationLife) => life.destination.dropSettled(Date.now() + 60_000)],
  ])('receives it anew when it was %s', async (_what, end) => {
    const life = await settledLife();
    life.destination.dropSettled(Date.now() - 60_000);
    end(life);

    expect(await life.receive()).toEqual([]);
  });

  test('forgets it when it is cancelled before the published file was found', async () => {
    const life = await settledLife();
    // Nobody answers that any more.
    void life.receive();

    life.destination.onCancel([REF]);
    await life.destination.removed();

    expect(await begin().receive()).toEqual([]);
  });
});

function begin(): DestinationLife {
  const life = new DestinationLife(world.tree, stateDir, world.at('file'));
  lives.push(life);
  return life;
}

/** A life that published the file, and heard that this is recorded. */
async function settledLife(): Promise<DestinationLife> {
  const life = begin();
  await life.receive();
  for (const index of CHUNKS) await life.take(index);
  await life.finish();
  life.destination.onSettled([REF]);
  return life;
}

/** So that only the size tells of it. */
function appendInSilence(): void {
  const { atime, mtime } = statSync(path);
  writeFileSync(path, '.', { flag: 'a' });
  utimesSync(path, atime, mtime);
}

/** So that only the inode tells of it. */
function replaceInSilence(): void {
  const { atime, mtime } = statSync(path);
  const other = join(world.outside, 'other');
  writeFileSync(other, Buffer.alloc(CONTENT.length, 'x'));
  utimesSync(other, atime, mtime);
  renameSync(other, path);
}
