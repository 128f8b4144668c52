import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Directory } from './directory.ts';
import { openTestTree, type TestTree } from './test-tree.ts';

describe('Directory', () => {
  let world: TestTree;
  let directory: Directory;

  beforeEach(async () => {
    world = await openTestTree();
    directory = Directory.openRoot(world.root);
  });
  afterEach(() => {
    directory.close();
    world.close();
  });

  test('makes a child for the agent alone, and opens one that exists', () => {
    directory.makeChild('child', 0o700).close();
    directory.makeChild('child', 0o700).close();

    expect(statSync(join(world.root, 'child')).mode & 0o777).toBe(0o700);
  });

  test.each(['openChild', 'makeChild'] as const)('does not follow a symbolic link in %s', (open) => {
    symlinkSync(world.outside, join(world.root, 'link'));
    symlinkSync('nowhere', join(world.root, 'dangling'));

    for (const name of ['link', 'dangling']) {
      expect(() => directory[open](name, 0o700)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    }
  });

  test('says that a file is no directory', () => {
    writeFileSync(join(world.root, 'file'), '');

    expect(() => directory.openChild('file')).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  });

  test.each([' ', '"\'', 'a\nb', '👩‍🚀', '\\', '-rf', '\u202e', 'x'.repeat(255)])(
    'addresses a child called %j',
    (name) => {
      writeFileSync(directory.childPath(name), name);

      expect(readFileSync(join(world.root, name), 'utf8')).toBe(name);
    },
  );

  test('serves every caller that asks for a sync while one runs', async () => {
    await Promise.all(Array.from({ length: 100 }, () => directory.sync()));
    await directory.sync();
  });

  test.skipIf(process.platform !== 'linux')('tells every caller when a sync fails', async () => {
    // procfs syncs nothing.
    const proc = Directory.openRoot('/proc');

    const outcomes = await Promise.allSettled([proc.sync(), proc.sync(), proc.sync()]);
    proc.close();

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  test('may be closed twice', () => {
    directory.close();
    directory.close();
  });
});
