import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AllowedRoots } from './allowed-roots.ts';
import { DirectoryTree } from './directory-tree.ts';

describe('DirectoryTree', () => {
  let folder: string;
  let root: string;
  let tree: DirectoryTree;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferryline-tree-'));
    root = join(folder, 'root');
    await mkdir(root);
    const roots = await AllowedRoots.open([{ path: root, access: 'rw' }], { stateDir: join(folder, 'state') });
    tree = new DirectoryTree(roots);
  });
  afterEach(async () => {
    tree.close();
    await rm(folder, { recursive: true });
  });

  test('makes the directories on the way when asked to', () => {
    write(['a', 'b', 'file'], 'x');

    expect(readFileSync(join(root, 'a', 'b', 'file'), 'utf8')).toBe('x');
  });

  test('finds its way anew when a directory was removed or moved since it was last used', async () => {
    write(['a', 'b', 'file'], 'first');
    await rename(join(root, 'a'), join(folder, 'moved away'));

    write(['a', 'b', 'file'], 'second');

    expect(readFileSync(join(root, 'a', 'b', 'file'), 'utf8')).toBe('second');
    expect(readFileSync(join(folder, 'moved away', 'b', 'file'), 'utf8')).toBe('first');
  });

  test('puts every file into its own directory while many more directories are used than are kept open', async () => {
    const names = Array.from({ length: 200 }, (_, at) => [`group-${at % 7}`, `directory-${at}`, 'file']);
    for (const each of names) write(each, each.join('/'));
    await rm(join(root, 'group-3'), { recursive: true });

    for (const each of names.toReversed()) write(each, each.join('/'));

    for (const each of names) expect(readFileSync(join(root, ...each), 'utf8')).toBe(each.join('/'));
  });

  test.each([
    ['a symbolic link on the way', ['link', 'file']],
    ['a name that is no name', ['..', 'file']],
    ['a name with a separator', ['a/b', 'file']],
  ])('refuses %s', async (_what, names) => {
    await symlink(folder, join(root, 'link'));

    expect(() => tree.parentOf({ root, names }, 'write', { create: true })).toThrow();
  });

  test('writes where it was going when the parent is swapped for a link to the outside in between', async () => {
    await mkdir(join(root, 'a'));
    await mkdir(join(folder, 'outside'));
    const parent = tree.parentOf({ root, names: ['a', 'file'] }, 'write', { create: false });
    await rename(join(root, 'a'), join(root, 'renamed'));
    await symlink(join(folder, 'outside'), join(root, 'a'));

    writeFileSync(parent.directory.childPath(parent.name), 'x');
    parent.release();

    expect(existsSync(join(folder, 'outside', 'file'))).toBe(false);
    expect(existsSync(join(root, 'renamed', 'file'))).toBe(true);
  });

  test('refuses to write into a root that is open for reading only', async () => {
    const roots = await AllowedRoots.open([{ path: root, access: 'ro' }], { stateDir: join(folder, 'state') });
    const readOnly = new DirectoryTree(roots);

    expect(() => readOnly.parentOf({ root, names: ['file'] }, 'write', { create: true })).toThrow(/reading only/);
  });

  test('refuses a place outside the roots and names those that are allowed', () => {
    expect(() => tree.parentOf({ root: folder, names: ['file'] }, 'read', { create: false })).toThrow(
      `outside what this agent allows: ${root}`,
    );
  });

  test('closes what nobody uses', async () => {
    await writeFile(join(root, 'probe'), '');
    const lowest = probe();
    write(['a', 'b', 'file'], 'x');

    tree.forget();

    expect(probe()).toBe(lowest);
  });

  function write(names: string[], content: string): void {
    const parent = tree.parentOf({ root, names }, 'write', { create: true });
    writeFileSync(parent.directory.childPath(parent.name), content);
    parent.release();
  }

  /** The lowest free file descriptor: lower numbers are all in use. */
  function probe(): number {
    const fd = openSync(join(root, 'probe'), 'r');
    closeSync(fd);
    return fd;
  }
});
