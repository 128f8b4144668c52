import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { PartialFile, type PartialPlan } from './partial-file.ts';

/** Large enough for a trip to the thread pool. */
const PIECE_BYTES = 2 << 20;
const PIECES = 8;

describe('PartialFile, when it ends early or is still written to', () => {
  let world: TestTree;

  beforeEach(async () => {
    world = await openTestTree();
  });
  afterEach(() => world.close());

  test('is discarded only when nothing writes to it any more, so that no byte lands in another file', async () => {
    const partial = await create({});
    let written = 0;
    for (const write of writePieces(partial)) {
      write.then(() => {
        written += 1;
      }, expect.unreachable);
    }

    await partial.discard();
    // Takes the number of the file descriptor, if it was freed.
    const other = await create({ transfer: 2, path: world.at('other') });
    await nextTurn();

    expect(written).toBe(PIECES);
    await other.prepare();
    await other.publish();
    expect(statSync(join(world.root, 'other')).size).toBe(0);
  });

  test('is published only when nothing writes to it any more', async () => {
    const partial = await create({ size: PIECES * PIECE_BYTES });
    const writes = writePieces(partial);
    await partial.publish();
    await Promise.all(writes);

    expect(readFileSync(join(world.root, 'file')).equals(Buffer.alloc(PIECES * PIECE_BYTES, 'x'))).toBe(true);
  });

  test('is not published when it is discarded meanwhile', async () => {
    const partial = await create({});
    const writes = writePieces(partial);
    const [published] = await Promise.allSettled([partial.publish(), partial.discard(), ...writes]);

    expect(published.status).toBe('rejected');
    expect(readdirSync(world.root)).toEqual([]);
  });

  test('is either whole or gone when it is discarded while it is put in place', async () => {
    for (let transfer = 1; transfer <= 40; transfer += 1) {
      const partial = await create({ transfer, path: world.at(`file-${transfer}`) });
      await partial.prepare();
      const publishing = partial.publish();
      // Each round discards a little later.
      for (let turn = 0; turn < transfer % 8; turn += 1) await nextTurn();
      await partial.discard();
      const [published] = await Promise.allSettled([publishing]);

      expect(readdirSync(world.root).includes(`file-${transfer}`)).toBe(published.status === 'fulfilled');
    }
    expect(readdirSync(world.root).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('is gone for good after its first error, and says that one again', async () => {
    const partial = await create({ existing: 'fail' });
    writeFileSync(join(world.root, 'file'), 'theirs');
    await expect(partial.publish()).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });

    expect(readdirSync(world.root)).toEqual(['file']);
    for (const again of [partial.write(Buffer.from('x'), 0), partial.sync(), partial.prepare(), partial.publish()]) {
      await expect(again).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    }
  });

  function writePieces(partial: PartialFile): Promise<void>[] {
    return Array.from({ length: PIECES }, (_, at) => partial.write(Buffer.alloc(PIECE_BYTES, 'x'), at * PIECE_BYTES));
  }

  function create(rest: Partial<PartialPlan>): Promise<PartialFile> {
    const path = world.at('file');
    const plan = { transfer: 1, attempt: 1, path, size: 0, mode: 0o644, mtimeNs: '0', existing: 'replace' as const };
    return PartialFile.create(world.tree, { ...plan, ...rest });
  }
});
