import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AllowedRoots } from '../paths/allowed-roots.ts';
import { DirectoryTree } from '../paths/directory-tree.ts';
import { CHUNK, CONTENT, DestinationLife, REF } from './example-life.ts';

const PARTIAL = '.ferry-7-1.part';

describe.skipIf(!canMount())('a destination whose disk fills up in the middle of a file (needs leave to mount)', () => {
  let disk: string;
  let stateDir: string;
  let tree: DirectoryTree;
  let lives: DestinationLife[];

  beforeEach(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'ferry-state-'));
    disk = mkdtempSync(join(tmpdir(), 'ferryline-full-'));
    mount(disk);
    tree = new DirectoryTree(await AllowedRoots.open([{ path: disk, access: 'rw' }], { stateDir }));
    lives = [];
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const life of lives) await life.destination.close();
    tree.close();
    unmount(disk);
    rmdirSync(disk);
    rmSync(stateDir, { recursive: true, force: true });
  });

  test('L5: says that it waits, and keeps what is recorded and nothing behind it', async () => {
    const life = await filled();

    const answer = await life.takeInVain(1);
    await life.destination.removed();

    const message = `${join(disk, 'file')} waits for room: the disk at the destination is full. Make room there: it goes on by itself.`;
    expect(answer).toEqual({ type: 'waiting', transfers: [{ ...REF, code: 'NO_SPACE', message }] });
    expect(life.destination.holds()).toEqual([REF]);
    expect(statSync(join(disk, PARTIAL)).size).toBe(CHUNK);
  });

  test.each(['by the same life', 'by a later one'])('L5: goes on where it was, %s, when there is room', async (who) => {
    const before = await filled();
    await before.takeInVain(1);
    await before.destination.removed();
    unlinkSync(join(disk, 'filler'));
    const life = who === 'by the same life' ? before : begin();

    expect(await life.receive()).toEqual([[0, 1]]);
    for (const index of [1, 2]) await life.take(index);
    await life.finish();

    expect(readFileSync(join(disk, 'file')).equals(CONTENT)).toBe(true);
    expect(readdirSync(disk)).toEqual(['file']);
  });

  test('L5: waits on, without a look at what it holds, when the rest does not fit', async () => {
    const life = await filled();
    await life.takeInVain(1);

    const answer = await life.receiveInVain();

    const message = expect.stringMatching(/ \d+ bytes more are needed, and the disk at the destination has \d+ free/);
    expect(answer).toMatchObject({ type: 'waiting', transfers: [{ ...REF, code: 'NO_SPACE', message }] });
    expect(readdirSync(disk).toSorted()).toEqual([PARTIAL, 'filler']);
  });

  test('L5: removes what waits when it is cancelled', async () => {
    const life = await filled();
    await life.takeInVain(1);

    life.destination.onCancel([REF]);
    await life.destination.removed();

    expect(readdirSync(disk)).toEqual(['filler']);
    expect(life.destination.holds()).toEqual([]);
  });

  test('L5: keeps what waits for as long as it is asked for, however long ago something of it arrived', async () => {
    const life = await filled();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    await life.takeInVain(1);

    life.destination.dropLeftBehind(Date.now() - 30_000);
    await life.destination.removed();

    expect(readdirSync(disk).toSorted()).toEqual([PARTIAL, 'filler']);
    expect(life.destination.holds()).toEqual([REF]);
  });

  test('L5: fails when its hub is one that does not know what it is to wait', async () => {
    const life = await filled(false);

    const answer = await life.takeInVain(1);
    await life.destination.removed();

    expect(answer).toMatchObject({ type: 'failed', transfers: [{ ...REF, code: 'NO_SPACE' }] });
    expect(readdirSync(disk)).toEqual(['filler']);
  });

  function begin(hearsWaiting = true): DestinationLife {
    const life = new DestinationLife(tree, stateDir, { root: disk, names: ['file'] }, hearsWaiting);
    lives.push(life);
    return life;
  }

  /** One that holds the first chunk, on a disk that has no room for the second. */
  async function filled(hearsWaiting = true): Promise<DestinationLife> {
    const life = begin(hearsWaiting);
    await life.receive();
    await life.take(0);
    writeFileSync(join(disk, 'filler'), Buffer.alloc(1.5 * CHUNK));
    return life;
  }
});

function mount(path: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', path], { stdio: 'pipe' });
}

function unmount(path: string): void {
  // Lazily: a file that the code under test left open must not leave the mount behind.
  execFileSync('umount', ['--lazy', path], { stdio: 'pipe' });
}

function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'ferryline-mount-'));
  try {
    mount(path);
    unmount(path);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(path);
  }
}
