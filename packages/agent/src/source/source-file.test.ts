import fs, { lstatSync, renameSync, symlinkSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { identityOf } from './identity.ts';
import { SourceFile } from './source-file.ts';

describe('SourceFile', () => {
  let world: TestTree;
  let path: string;

  beforeEach(async () => {
    world = await openTestTree();
    path = join(world.root, 'file');
    writeFileSync(path, 'the content of a file');
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    world.close();
  });

  test('reads exactly what was asked for, anywhere in the file', async () => {
    const file = await open();
    const target = Buffer.alloc(7);

    await file.read(target, 4);

    expect(target.toString()).toBe('content');
    await file.close();
  });

  test('confirms a file that nobody touched', async () => {
    const file = await open();

    await expect(file.confirmUnchanged()).resolves.toBeUndefined();
    await file.close();
  });

  test.each([
    ['is written to', () => writeFileSync(path, 'THE CONTENT OF A FILE')],
    ['grows', () => writeFileSync(path, 'the content of a file, and more')],
    ['is cut short', () => truncateSync(path, 3)],
    ['gets its old time back after a write', () => rewriteWithOldTime()],
    ['is replaced by another file', () => replace()],
    ['is removed', () => unlinkSync(path)],
    ['is replaced by a symbolic link to itself', () => replaceByLink()],
  ])('does not vouch for a file that %s while it is open', async (_what, change) => {
    const file = await open();
    change();

    await expect(file.confirmUnchanged()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    await file.close();
  });

  test('does not open a file that is not the planned one any more', async () => {
    const expected = identityOf(lstatSync(path, { bigint: true }));
    replace();

    const opening = SourceFile.open(world.tree, world.at('file'), expected);

    await expect(opening).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  test('reports a file that ends before it should as changed', async () => {
    const file = await open();
    truncateSync(path, 3);

    await expect(file.read(Buffer.alloc(21), 0)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    await file.close();
  });

  test('names the path as people write it', async () => {
    const expected = identityOf(lstatSync(path, { bigint: true }));
    unlinkSync(path);

    const opening = SourceFile.open(world.tree, world.at('file'), expected);

    await expect(opening).rejects.toThrow(`${path} does not exist on the source agent.`);
  });

  test('reads no more after it was closed, and may be closed twice', async () => {
    const file = await open();
    await file.close();
    await file.close();

    await expect(file.read(Buffer.alloc(1), 0)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('F50: does not go on trying to read once it was closed', async () => {
    const file = await open();
    vi.useFakeTimers();
    const broken = vi.spyOn(fs, 'readSync').mockImplementation(() => {
      throw Object.assign(new Error('made for a test'), { code: 'EIO' });
    });
    syncBuiltinESMExports();

    const reading = file.read(Buffer.alloc(7), 4);
    const closing = file.close();

    // No time passes.
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    await closing;
    expect(broken).toHaveBeenCalledTimes(1);
  });

  function open(): Promise<SourceFile> {
    return SourceFile.open(world.tree, world.at('file'), identityOf(lstatSync(path, { bigint: true })));
  }

  function replace(): void {
    writeFileSync(join(world.outside, 'other'), 'the content of a file');
    renameSync(join(world.outside, 'other'), path);
  }

  function replaceByLink(): void {
    renameSync(path, join(world.root, 'moved'));
    symlinkSync('moved', path);
  }

  function rewriteWithOldTime(): void {
    const { atime, mtime } = lstatSync(path);
    writeFileSync(path, 'THE CONTENT OF A FILE');
    utimesSync(path, atime, mtime);
  }
});
