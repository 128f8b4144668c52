import { chmod, lutimes, mkdir, open, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline } from './system/ferryline.ts';
import { ThreeProcesses } from './system/three-processes.ts';
import { sha256, treeDifferences } from './system/tree-differences.ts';

const MIB = 1024 * 1024;

describe('a copied tree', () => {
  let ferryline: Ferryline;
  let source: string;
  let destination: string;

  beforeEach(async () => {
    ferryline = await Ferryline.start();
    source = join(ferryline.folder, 'source');
    destination = join(ferryline.folder, 'destination');
    await ferryline.startBothAgents();
  });
  afterEach(() => ferryline.close());

  test('F63: is the same on both sides: content, modes, times, empty directories, links, and every name that a disk can hold', async () => {
    await mkdir(join(source, 'tree', 'empty', 'nested'), { recursive: true });
    await mkdir(join(source, 'tree', 'read-only'));
    const names = [
      'zero bytes',
      'with  two spaces ',
      `quotes ' and "`,
      'new\nline',
      '\ttab',
      '-rf',
      '*?[x]',
      '🚢 ferry',
      'n\u0303 apart, \u00f1 together',
      `${'x'.repeat(253)}.y`,
      'back\\slash',
      'read-only/inside',
    ];
    for (const [at, name] of names.entries()) await writeFile(join(source, 'tree', name), 'x'.repeat(at * 1000));
    await writeFile(join(source, 'tree', 'chunks exactly'), Buffer.alloc(2 * MIB, 'c'));
    await writeFile(join(source, 'tree', 'chunks and one'), Buffer.alloc(3 * MIB + 1, 'd'));
    await chmod(join(source, 'tree', 'zero bytes'), 0o600);
    await chmod(join(source, 'tree', 'chunks exactly'), 0o755);
    await utimes(join(source, 'tree', 'chunks exactly'), 1, 981_173_106.5);
    await symlink('zero bytes', join(source, 'tree', 'link'));
    await symlink('nowhere', join(source, 'tree', 'dangling link'));
    await lutimes(join(source, 'tree', 'link'), 5, 5);
    await chmod(join(source, 'tree', 'read-only'), 0o555);

    const run = await ferryline.copy('tree', 'tree');

    expect(run).toMatchObject({ state: 'completed', counters: { filesMoved: 14, filesFailed: 0, linksPlanned: 2 } });
    expect(await treeDifferences(join(source, 'tree'), join(destination, 'tree'))).toEqual([]);
    await chmod(join(source, 'tree', 'read-only'), 0o755);
    await chmod(join(destination, 'tree', 'read-only'), 0o755);
  });

  test('has no hidden partial file left in it', async () => {
    await mkdir(join(source, 'tree'));
    for (let at = 0; at < 20; at += 1) await writeFile(join(source, 'tree', `${at}`), 'content');

    await ferryline.copy('tree', 'tree');

    expect((await readdir(join(destination, 'tree'))).filter((name) => name.startsWith('.ferry'))).toEqual([]);
  });

  test('F66: lists what it skipped: links that leave the tree, and special files', async () => {
    await mkdir(join(source, 'tree'));
    await symlink('/etc/passwd', join(source, 'tree', 'absolute'));
    await symlink('../../outside', join(source, 'tree', 'climbing'));
    await writeFile(join(source, 'tree', 'file'), 'x');

    const run = await ferryline.copy('tree', 'tree');
    const issues = await ferryline.get<{ items: { path: string }[] }>(`runs/${run.id}/issues`);

    expect(run).toMatchObject({ state: 'completed', counters: { filesMoved: 1, filesSkipped: 2 } });
    expect(issues.items.map((issue) => issue.path).sort()).toEqual(['absolute', 'climbing']);
    expect(await readdir(join(destination, 'tree'))).toEqual(['file']);
  });

  test('goes into a destination that ends in a slash under its own name', async () => {
    await writeFile(join(source, 'file'), 'content');

    const run = await ferryline.copy('file', 'into/');

    expect(run.state).toBe('completed');
    expect(await sha256(join(destination, 'into', 'file'))).toBe(await sha256(join(source, 'file')));
  });

  test('replaces what was there, and is left alone when asked to', async () => {
    await writeFile(join(source, 'file'), 'new');
    await writeFile(join(destination, 'file'), 'old');

    const careful = await ferryline.copy('file', 'file', { existing: 'fail' });
    const kept = await sha256(join(destination, 'file'));
    const bold = await ferryline.copy('file', 'file');

    expect(careful).toMatchObject({ state: 'failed', error: { code: 'DESTINATION_EXISTS' } });
    expect(kept).not.toBe(await sha256(join(source, 'file')));
    expect(bold.state).toBe('completed');
    expect(await sha256(join(destination, 'file'))).toBe(await sha256(join(source, 'file')));
  });

  test('F62: may hold thousands of tiny files', async () => {
    for (let directory = 0; directory < 20; directory += 1) {
      await mkdir(join(source, 'tree', `${directory}`), { recursive: true });
      for (let at = 0; at < 100; at += 1)
        await writeFile(join(source, 'tree', `${directory}`, `${at}`), `${directory}/${at}`);
    }

    const run = await ferryline.copy('tree', 'tree');

    expect(run).toMatchObject({ state: 'completed', counters: { filesPlanned: 2000, filesMoved: 2000 } });
    expect(await treeDifferences(join(source, 'tree'), join(destination, 'tree'))).toEqual([]);
  });

  test.each(['none', 'zstd', 'lz4', 'auto'])('arrives identical with compression %s', async (compression) => {
    const content = Buffer.concat([
      Buffer.alloc(MIB, 'compressible '),
      Buffer.from(Array.from({ length: 5000 }, Math.random).join()),
    ]);
    await writeFile(join(source, 'file'), content);

    const run = await ferryline.copy('file', 'file', { compression });

    expect(run.state).toBe('completed');
    expect(await sha256(join(destination, 'file'))).toBe(await sha256(join(source, 'file')));
  });
});

test('F60: a copied tree may hold a file beyond 4 GiB that is mostly a hole', async () => {
  const size = 4096 * MIB + 3;
  // Each in a process of its own, as people run them: in this one, with all that vitest holds, collecting garbage takes most of the time.
  await using processes = new AsyncDisposableStack();
  const three = processes.adopt(await ThreeProcesses.start({ windowBytes: 32 * MIB }), (each) => each.close());
  const [source, destination] = ['source', 'destination'].map((end) => join(three.folder, end, 'sparse'));
  await using file = await open(source ?? '', 'w');
  await file.truncate(size);
  await file.write('end', 4096 * MIB);

  const copied = await three.ferry(
    'cp',
    `source:${source}`,
    `destination:${destination}`,
    '--compression',
    'lz4',
    '--json',
  );

  expect(copied.exitCode).toBe(0);
  expect(JSON.parse(copied.stdout)).toMatchObject({ run: { state: 'completed', counters: { bytesMoved: size } } });
  const [sent, arrived] = await Promise.all([source, destination].map((path = '') => sha256(path)));
  expect(arrived).toBe(sent);
}, 300_000);
