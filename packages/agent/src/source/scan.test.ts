import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileSelection } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { type ScanItem, scan } from './scan.ts';

const isRoot = process.getuid?.() === 0;

type Patterns = Parameters<typeof compileSelection>[0];

describe('scan', () => {
  let world: TestTree;

  beforeEach(async () => {
    world = await openTestTree();
  });
  afterEach(() => world.close());

  test('lists a directory before what is in it, in byte order', async () => {
    make('tree/b', 'tree/a/2', 'tree/a/1', 'tree/Z');

    expect(await namesOf('tree')).toEqual(['', 'Z', 'a', 'a/1', 'a/2', 'b']);
  });

  test('lists a single file with no names, its size and its permission bits', async () => {
    make('file');
    chmodSync(join(world.root, 'file'), 0o640);

    const [item] = await collect(['file']);

    expect(item).toMatchObject({ found: { kind: 'file', names: [], mode: 0o640, identity: { size: 1 } } });
  });

  test('keeps relative links that stay in the tree, dangling ones too, and skips the others', async () => {
    make('tree/deep/file');
    for (const [name, target] of [
      ['inside', 'deep/file'],
      ['dangling', 'nowhere'],
      ['deep/up', '../inside'],
      ['absolute', '/etc/passwd'],
      ['escaping', '../outside'],
      ['deep/escaping', 'x/../../../outside'],
    ] as const) {
      symlinkSync(target, join(world.root, 'tree', name));
    }

    const items = await collect(['tree']);

    const links = items.flatMap((item) =>
      'found' in item && item.found.kind === 'symlink' ? [item.found.names.join('/')] : [],
    );
    const skipped = items.flatMap((item) => ('skipped' in item ? [item.skipped.path] : []));
    expect(links.sort()).toEqual(['dangling', 'deep/up', 'inside']);
    expect(skipped.sort()).toEqual(['absolute', 'deep/escaping', 'escaping']);
  });

  test('F66: skips a FIFO without waiting for somebody to write to it', async () => {
    make('tree/file');
    execFileSync('mkfifo', [join(world.root, 'tree', 'pipe')]);

    const items = await collect(['tree']);

    expect(items).toContainEqual({ skipped: { path: 'pipe', reason: 'it is a FIFO' } });
  });

  test('F63: skips a name that is not valid UTF-8 and says so', async () => {
    make('tree/file');
    const path = Buffer.concat([Buffer.from(join(world.root, 'tree', 'bad-')), Buffer.from([0xff])]);
    writeFileSync(path, 'x');

    const items = await collect(['tree']);

    expect(items).toContainEqual({ skipped: { path: 'bad-\ufffd', reason: 'its name is not valid UTF-8' } });
  });

  test('passes over partial files, which are nobody’s yet', async () => {
    make('tree/file', 'tree/.ferry-12-1.part', 'tree/.ferry-link.part', 'tree/.ferryman');

    expect(await namesOf('tree')).toEqual(['', '.ferryman', 'file']);
  });

  test.each([
    ['a path that is not there', ['missing'], 'SOURCE_NOT_FOUND'],
    ['a path below a file', ['tree', 'file', 'below'], 'SOURCE_NOT_FOUND'],
    ['a symbolic link', ['link'], 'PATH_NOT_ALLOWED'],
    ['a path behind a symbolic link', ['link', 'file'], 'PATH_NOT_ALLOWED'],
    ['a FIFO', ['pipe'], 'SOURCE_UNREADABLE'],
  ])('refuses %s', async (_what, names, code) => {
    make('tree/file');
    symlinkSync('tree', join(world.root, 'link'));
    execFileSync('mkfifo', [join(world.root, 'pipe')]);

    await expect(collect(names)).rejects.toMatchObject({ code });
  });

  test.skipIf(isRoot)(
    'skips a directory that may not be read, and goes on (not as root, who may read all)',
    async () => {
      make('tree/closed/file', 'tree/open/file');
      chmodSync(join(world.root, 'tree', 'closed'), 0);

      const items = await collect(['tree']);

      expect(items).toContainEqual({ skipped: { path: 'closed', reason: expect.stringContaining('read access') } });
      expect(items).toContainEqual({ found: expect.objectContaining({ names: ['open', 'file'] }) });
      chmodSync(join(world.root, 'tree', 'closed'), 0o700);
    },
  );

  test('lists only what is meant, with the directories on the way to it', async () => {
    make('tree/a.log', 'tree/b.txt', 'tree/logs/old/c.log', 'tree/logs/new/d.txt', 'tree/tmp/e.log', 'tree/empty/f');

    expect(await namesOf('tree', { include: ['*.log'], exclude: ['tmp/'] })).toEqual([
      '',
      'a.log',
      'logs',
      'logs/old',
      'logs/old/c.log',
    ]);
  });

  test('lists a directory that is meant itself with all that is in it, and says nothing of what is not meant', async () => {
    make('tree/keep/a', 'tree/keep/deep/b', 'tree/other/c');
    mkdirSync(join(world.root, 'tree/keep/empty'));
    execFileSync('mkfifo', [join(world.root, 'tree/other/fifo')]);

    const items = await collect(['tree'], { include: ['keep/'] });

    expect(items.map((item) => ('found' in item ? item.found.names.join('/') : item.skipped.path))).toEqual([
      '',
      'keep',
      'keep/a',
      'keep/deep',
      'keep/deep/b',
      'keep/empty',
    ]);
  });

  test('stops when it is told to', async () => {
    make(...Array.from({ length: 600 }, (_, at) => `tree/${at}`));
    const abort = new AbortController();
    let seen = 0;

    for await (const _item of scan(world.tree, world.at('tree'), compileSelection({}), abort.signal)) {
      seen += 1;
      if (seen === 10) abort.abort();
    }

    expect(seen).toBe(10);
  });

  function make(...paths: string[]): void {
    for (const path of paths) {
      mkdirSync(join(world.root, path, '..'), { recursive: true });
      writeFileSync(join(world.root, path), 'x');
    }
  }

  async function collect(names: string[], patterns: Patterns = {}): Promise<ScanItem[]> {
    return Array.fromAsync(
      scan(world.tree, world.at(...names), compileSelection(patterns), new AbortController().signal),
    );
  }

  async function namesOf(name: string, patterns: Patterns = {}): Promise<string[]> {
    return (await collect([name], patterns)).flatMap((item) => ('found' in item ? [item.found.names.join('/')] : []));
  }
});
