import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AllowedRoots } from '../paths/allowed-roots.ts';
import { DirectoryTree } from '../paths/directory-tree.ts';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { PartialFile, type PartialPlan } from './partial-file.ts';

const isRoot = process.getuid?.() === 0;

describe('PartialFile', () => {
  let world: TestTree;

  beforeEach(async () => {
    world = await openTestTree();
  });
  afterEach(() => world.close());

  test('shows nothing at its path until it is published, then all of it, with mode and mtime', async () => {
    const partial = await PartialFile.create(world.tree, plan({ mode: 0o754, mtimeNs: '981173106500000000' }));
    await partial.write(Buffer.from('world'), 6);
    await partial.write(Buffer.from('hello '), 0);
    await partial.prepare();
    const before = existsSync(join(world.root, 'file'));

    await partial.publish();

    const stats = lstatSync(join(world.root, 'file'));
    expect(before).toBe(false);
    expect(readFileSync(join(world.root, 'file'), 'utf8')).toBe('hello world');
    expect(stats.mode & 0o7777).toBe(0o754);
    expect(stats.mtimeMs).toBe(981_173_106_500);
    expect(readdirSync(world.root)).toEqual(['file']);
  });

  test('is readable by nobody else while it grows', async () => {
    const partial = await PartialFile.create(world.tree, plan());

    expect(lstatSync(join(world.root, '.ferry-7-1.part')).mode & 0o777).toBe(0o600);
    await partial.discard();
  });

  test('F58: publishes an empty file', async () => {
    const partial = await PartialFile.create(world.tree, plan({ size: 0 }));
    await partial.prepare();
    await partial.publish();

    expect(lstatSync(join(world.root, 'file')).size).toBe(0);
  });

  test('replaces a file, and a link itself rather than what it points to', async () => {
    writeFileSync(join(world.outside, 'target'), 'precious');
    symlinkSync(join(world.outside, 'target'), join(world.root, 'file'));

    await publish(plan());

    expect(readFileSync(join(world.root, 'file'), 'utf8')).toBe('hello world');
    expect(readFileSync(join(world.outside, 'target'), 'utf8')).toBe('precious');
  });

  test('F52: overwrites nothing that appeared after it was planned, when it may not', async () => {
    const partial = await PartialFile.create(world.tree, plan({ existing: 'fail' }));
    await partial.write(Buffer.from('hello world'), 0);
    await partial.prepare();
    writeFileSync(join(world.root, 'file'), 'somebody else’s');

    await expect(partial.publish()).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    await partial.discard();

    expect(readFileSync(join(world.root, 'file'), 'utf8')).toBe('somebody else’s');
    expect(readdirSync(world.root)).toEqual(['file']);
  });

  test('F54: refuses a path where a directory stands, early and when it appears late', async () => {
    const late = await PartialFile.create(world.tree, plan());
    await late.prepare();
    mkdirSync(join(world.root, 'file'));

    await expect(PartialFile.create(world.tree, plan({ transfer: 8 }))).rejects.toThrow(/end the path with \//);
    await expect(late.publish()).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    await late.discard();
    rmdirSync(join(world.root, 'file'));
  });

  test('takes the place of a leftover of its own name', async () => {
    writeFileSync(join(world.root, '.ferry-7-1.part'), 'from an earlier life, and longer than the file');

    await publish(plan());

    expect(readFileSync(join(world.root, 'file'), 'utf8')).toBe('hello world');
  });

  test('makes the directories above it', async () => {
    await publish(plan({ path: world.at('a', 'b', 'file') }));

    expect(readFileSync(join(world.root, 'a', 'b', 'file'), 'utf8')).toBe('hello world');
  });

  test('stays inside its root when its directory is swapped for a link to the outside', async () => {
    mkdirSync(join(world.root, 'a'));
    const partial = await PartialFile.create(world.tree, plan({ path: world.at('a', 'file') }));
    await partial.write(Buffer.from('hello world'), 0);
    await partial.prepare();
    renameSync(join(world.root, 'a'), join(world.root, 'b'));
    symlinkSync(world.outside, join(world.root, 'a'));

    await partial.publish();

    expect(readdirSync(world.outside)).toEqual([]);
    expect(readdirSync(join(world.root, 'b'))).toEqual(['file']);
  });

  test.each(['x'.repeat(255), 'new\nline', '🚢', ' leading', '-rf', 'it\'s "quoted"'])(
    'may be called %j',
    async (name) => {
      await publish(plan({ path: world.at(name) }));

      expect(readdirSync(world.root)).toEqual([name]);
    },
  );

  test('leaves nothing when it is discarded, however often', async () => {
    const partial = await PartialFile.create(world.tree, plan());
    await partial.discard();
    await partial.discard();

    expect(readdirSync(world.root)).toEqual([]);
    await expect(partial.write(Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test.skipIf(!isRoot)(
    'says that the disk is full, before and while writing (as root, who may mount one)',
    async () => {
      const mount = mkdtempSync(join(tmpdir(), 'ferryline-full-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount]);
      try {
        const roots = await AllowedRoots.open([{ path: mount, access: 'rw' }], { stateDir: world.outside });
        const tree = new DirectoryTree(roots);
        const tooLarge = PartialFile.create(tree, plan({ path: { root: mount, names: ['large'] }, size: 3 * 2 ** 20 }));
        await expect(tooLarge).rejects.toThrow(/needs 3145728 bytes and the disk at the destination has \d+ free/);
        const partial = await PartialFile.create(tree, plan({ path: { root: mount, names: ['file'] }, size: 2 ** 20 }));
        writeFileSync(join(mount, 'filler'), Buffer.alloc(2 ** 20 + 2 ** 19));

        await expect(partial.write(Buffer.alloc(2 ** 20), 0)).rejects.toMatchObject({ code: 'NO_SPACE' });

        await partial.discard();
        expect(readdirSync(mount)).toEqual(['filler']);
        tree.close();
      } finally {
        // Lazily: a file that the code under test left open must not leave the mount behind.
        execFileSync('umount', ['--lazy', mount]);
        rmdirSync(mount);
      }
    },
  );

  function plan(rest: Partial<PartialPlan> = {}): PartialPlan {
    return {
      transfer: 7,
      attempt: 1,
      path: world.at('file'),
      size: 11,
      mode: 0o644,
      mtimeNs: '0',
      existing: 'replace',
      ...rest,
    };
  }

  async function publish(of: PartialPlan): Promise<void> {
    const partial = await PartialFile.create(world.tree, of);
    await partial.write(Buffer.from('hello world'), 0);
    await partial.prepare();
    await partial.publish();
  }
});
