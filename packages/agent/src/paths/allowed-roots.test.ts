import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AllowedRoots, parseAllowedRoot } from './allowed-roots.ts';

describe('parseAllowedRoot', () => {
  test.each([
    ['/srv/data', { path: '/srv/data', access: 'rw' }],
    ['/srv/data/:ro', { path: '/srv/data', access: 'ro' }],
    ['/srv/data:rw', { path: '/srv/data', access: 'rw' }],
    ['/srv/with:colon', { path: '/srv/with:colon', access: 'rw' }],
    ['/', { path: '/', access: 'rw' }],
  ])('reads %s', (text, root) => {
    expect(parseAllowedRoot(text)).toEqual(root);
  });

  test('refuses a relative path', () => {
    expect(() => parseAllowedRoot('data:ro')).toThrow(/absolute path/);
  });
});

describe('AllowedRoots', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferryline-roots-'));
    await mkdir(join(folder, 'root'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('refuses to open none, and says how to allow one', async () => {
    await expect(AllowedRoots.open([], { stateDir: join(folder, 'state') })).rejects.toThrow('--allow PATH[:ro|:rw]');
  });

  test('refuses what is not there or is not a directory', async () => {
    await writeFile(join(folder, 'file'), '');

    await expect(open('missing', 'state')).rejects.toThrow(/missing does not exist/);
    await expect(open('file', 'state')).rejects.toThrow(/file is not a directory/);
  });

  test.each([
    ['inside a root', 'root', 'root/state'],
    ['around a root', 'root/inner', 'root'],
    ['behind a symbolic link into a root', 'root', 'link/state'],
  ])('refuses a state directory %s, where the hub could read it', async (_where, root, stateDir) => {
    await mkdir(join(folder, 'root', 'inner'));
    await mkdir(join(folder, 'root', 'state'));
    await symlink(join(folder, 'root'), join(folder, 'link'));

    await expect(open(root, stateDir)).rejects.toThrow(/--state-dir/);
  });

  test('takes the wider of two rights for one root', async () => {
    const path = join(folder, 'root');
    const roots = await AllowedRoots.open(
      [
        { path, access: 'ro' },
        { path, access: 'rw' },
      ],
      { stateDir: join(folder, 'state') },
    );

    expect(roots.find({ root: path, names: [] }, 'write').access).toBe('rw');
  });

  function open(root: string, stateDir: string): Promise<AllowedRoots> {
    return AllowedRoots.open([{ path: join(folder, root), access: 'rw' }], { stateDir: join(folder, stateDir) });
  }
});
