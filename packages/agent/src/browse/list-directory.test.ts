import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { listDirectory } from './list-directory.ts';

let world: TestTree;

beforeEach(async () => {
  world = await openTestTree();
});
afterEach(() => world.close());

function list(names: readonly string[], { after, limit = 100 }: { after?: string; limit?: number } = {}) {
  const path = world.at(...names);
  return listDirectory(world.tree, { type: 'list', request: 7, path, limit, ...(after !== undefined && { after }) });
}

describe('the list of a directory', () => {
  test('tells what each name is, in byte order, and follows nothing', () => {
    writeFileSync(join(world.root, 'b.txt'), 'hello');
    mkdirSync(join(world.root, 'a'));
    symlinkSync('/etc/passwd', join(world.root, 'link'));
    execFileSync('mkfifo', [join(world.root, 'Z')]);

    expect(list([])).toMatchObject({
      type: 'listing',
      request: 7,
      entries: [
        { name: 'Z', kind: 'other' },
        { name: 'a', kind: 'directory' },
        { name: 'b.txt', kind: 'file', size: 5, mtimeNs: expect.stringMatching(/^\d+$/) },
        { name: 'link', kind: 'symlink' },
      ],
      more: false,
      unlisted: 0,
    });
  });

  test('goes on after a name, also one that has gone since', () => {
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(world.root, name), '');

    expect(list([], { limit: 2 })).toMatchObject({ entries: [{ name: 'a' }, { name: 'b' }], more: true });
    expect(list([], { after: 'b', limit: 2 })).toMatchObject({ entries: [{ name: 'c' }, { name: 'd' }], more: false });
    expect(list([], { after: 'bb', limit: 9 })).toMatchObject({ entries: [{ name: 'c' }, { name: 'd' }] });
    expect(list([], { after: 'z' })).toMatchObject({ entries: [], more: false });
  });

  test('leaves out names that text cannot say, and counts them; what is arriving is not shown', () => {
    writeFileSync(Buffer.concat([Buffer.from(`${world.root}/`), Buffer.from([0xff, 0xfe])]), '');
    writeFileSync(join(world.root, '.ferry-5-1.part'), '');
    writeFileSync(join(world.root, 'seen'), '');

    expect(list([])).toMatchObject({ entries: [{ name: 'seen' }] });
  });

  test.each([
    ['that is not there', ['nowhere'], 'SOURCE_NOT_FOUND'],
    ['that is a file', ['file'], 'SOURCE_UNREADABLE'],
    ['behind a symbolic link (A29)', ['link', 'x'], 'PATH_NOT_ALLOWED'],
  ])('of one %s fails with a reason', (_what, names, code) => {
    writeFileSync(join(world.root, 'file'), '');
    symlinkSync(world.outside, join(world.root, 'link'));

    expect(list(names)).toMatchObject({ type: 'listFailed', request: 7, code, message: expect.any(String) });
  });
});
