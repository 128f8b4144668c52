import { chmodSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { makeDirectories, makeLinks, sealDirectories } from './tree.ts';

describe('the tree of a run at its destination', () => {
  let world: TestTree;

  beforeEach(async () => {
    world = await openTestTree();
  });
  afterEach(() => world.close());

  test('is made parents first and sealed with mode and mtime, children first', async () => {
    const into = world.at('copy');
    await makeDirectories(world.tree, into, [{ names: [] }, { names: ['ro'] }]);

    const failures = await sealDirectories(world.tree, into, [
      { names: ['ro'], mode: 0o555, mtimeNs: '1000000000000' },
      { names: [], mode: 0o750, mtimeNs: '2000000000000' },
    ]);

    expect(failures).toEqual([]);
    expect(modeAndTime('copy/ro')).toEqual([0o555, 1_000_000]);
    expect(modeAndTime('copy')).toEqual([0o750, 2_000_000]);
  });

  test('is closed to others until it is sealed, unlike the directories on the way to it', async () => {
    await makeDirectories(world.tree, world.at('way', 'copy'), [{ names: [] }, { names: ['inner'] }]);

    expect(modeAndTime('way/copy')[0]).toBe(0o700);
    expect(modeAndTime('way/copy/inner')[0]).toBe(0o700);
    expect(modeAndTime('way')[0]).toBe(0o777 & ~process.umask());
  });

  test('opens a directory that an earlier copy sealed read-only', async () => {
    mkdirSync(join(world.root, 'copy'));
    chmodSync(join(world.root, 'copy'), 0o555);

    await makeDirectories(world.tree, world.at('copy'), [{ names: [] }, { names: ['new'] }]);

    expect(lstatSync(join(world.root, 'copy', 'new')).isDirectory()).toBe(true);
  });

  test('leaves mode and mtime of an allowed root to the administrator', async () => {
    const before = modeAndTime('.');

    await sealDirectories(world.tree, world.at(), [{ names: [], mode: 0o700, mtimeNs: '1000000000000' }]);

    expect(modeAndTime('.')).toEqual(before);
  });

  test('puts a link in the place of another link or a file, but not of a directory', async () => {
    symlinkSync('old', join(world.root, 'link'));
    writeFileSync(join(world.root, 'file'), 'x');
    mkdirSync(join(world.root, 'directory'));
    const links = ['link', 'file', 'directory'].map((name) => ({ names: [name], target: 'new' }));

    const failures = await makeLinks(world.tree, world.at(), links, 'replace');

    expect(readlinkSync(join(world.root, 'link'))).toBe('new');
    expect(readlinkSync(join(world.root, 'file'))).toBe('new');
    expect(failures).toMatchObject([{ path: join(world.root, 'directory'), code: 'DESTINATION_EXISTS' }]);
  });

  test('replaces nothing when it may not', async () => {
    symlinkSync('old', join(world.root, 'link'));

    const failures = await makeLinks(world.tree, world.at(), [{ names: ['link'], target: 'new' }], 'fail');

    expect(readlinkSync(join(world.root, 'link'))).toBe('old');
    expect(failures).toMatchObject([{ code: 'DESTINATION_EXISTS' }]);
  });

  test('names what could not be made and makes the rest', async () => {
    writeFileSync(join(world.root, 'file'), 'x');

    const failures = await makeDirectories(world.tree, world.at(), [{ names: ['file', 'below'] }, { names: ['fine'] }]);

    expect(failures).toMatchObject([{ path: join(world.root, 'file', 'below'), code: 'DESTINATION_UNWRITABLE' }]);
    expect(lstatSync(join(world.root, 'fine')).isDirectory()).toBe(true);
  });

  function modeAndTime(path: string): [number, number] {
    const stats = lstatSync(join(world.root, path));
    return [stats.mode & 0o777, stats.mtimeMs];
  }
});
