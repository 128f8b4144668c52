import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FerryError, type RootPath } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { PartialFile } from './partial-file.ts';
import { makeLinks, sealDirectories } from './tree.ts';

describe('a destination, whatever the hub or a neighbour tries', () => {
  let world: TestTree;

  beforeEach(async () => {
    world = await openTestTree();
  });
  afterEach(() => world.close());

  test.each(['..', '.', '', '../../outside', '/etc/passwd', 'a/b', 'a\0'])('writes no file called %j', async (name) => {
    await expect(create(1, world.at(name))).rejects.toMatchObject({ code: 'PATH_NOT_ALLOWED' });
    expect(readdirSync(world.root)).toEqual([]);
  });

  test('puts nothing behind a symbolic link', async () => {
    symlinkSync(world.outside, join(world.root, 'link'));

    for (const names of [
      ['link', 'file'],
      ['link', 'd', 'file'],
    ]) {
      await expect(create(1, world.at(...names))).rejects.toMatchObject({ code: 'PATH_NOT_ALLOWED' });
    }
    expect(readdirSync(world.outside)).toEqual([]);
  });

  // ATTACKS.md A35: no check that another process can outdate.
  test.skipIf(process.platform !== 'linux')(
    'stays inside while somebody swaps its directory all the time',
    async () => {
      const racer = new Worker(SWAP, { eval: true, workerData: { path: join(world.root, 'd'), to: world.outside } });
      await new Promise((resolve) => racer.once('message', resolve));
      const swaps = () => readdirSync(world.root).filter((name) => name.startsWith('d-')).length;
      const refusals: string[] = [];
      for (let transfer = 1; transfer <= 300 || (swaps() < 20 && transfer < 20_000); transfer += 1) {
        try {
          const partial = await create(transfer, world.at('d', `file-${transfer}`));
          await partial.prepare();
          await partial.publish();
        } catch (thrown) {
          refusals.push(FerryError.from(thrown).code);
        }
      }
      await racer.terminate();

      expect(readdirSync(world.outside)).toEqual([]);
      // The race took place, and ended for some in a refusal, never in a defect.
      expect(swaps()).toBeGreaterThanOrEqual(20);
      expect(refusals).not.toContain('INTERNAL');
    },
  );

  test('makes no link that leads out of the tree', async () => {
    const links = [
      { names: ['absolute'], target: '/etc/shadow' },
      { names: ['d', 'out'], target: '../../x' },
    ];

    const failures = await makeLinks(world.tree, world.at('into'), links, 'replace');

    expect(failures.map(({ code }) => code)).toEqual(['PATH_NOT_ALLOWED', 'PATH_NOT_ALLOWED']);
    expect(readdirSync(world.root)).toEqual([]);
  });

  test('seals a child even when its parent, which lets nobody through then, is named first', async () => {
    mkdirSync(join(world.root, 'a', 'b'), { recursive: true });

    const failures = await sealDirectories(world.tree, world.at(), [
      { names: ['a'], mode: 0o444, mtimeNs: '0' },
      { names: ['a', 'b'], mode: 0o551, mtimeNs: '0' },
    ]);
    chmodSync(join(world.root, 'a'), 0o700);

    expect(failures).toEqual([]);
    expect(statSync(join(world.root, 'a', 'b')).mode & 0o777).toBe(0o551);
  });

  function create(transfer: number, path: RootPath): Promise<PartialFile> {
    const rest = { attempt: 1, size: 0, mode: 0o644, mtimeNs: '0', existing: 'replace' as const };
    return PartialFile.create(world.tree, { transfer, path, ...rest });
  }
});

/** Moves a directory away, puts a link to the outside in its place, and takes that away again, without end. */
const SWAP = `
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs');
  const { parentPort, workerData: { path, to } } = require('node:worker_threads');
  const tried = (work) => { try { work(); return true; } catch { return false; } };
  for (let moved = 0, turn = 0; ; turn += 1) {
    if (tried(() => renameSync(path, path + '-' + moved))) moved += 1;
    tried(() => symlinkSync(to, path));
    tried(() => unlinkSync(path));
    if (turn === 0) parentPort.postMessage('running');
  }
`;
