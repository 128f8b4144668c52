import { execFileSync } from 'node:child_process';
import { closeSync, linkSync, lstatSync, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { compileSelection, parseAgentMessage } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { identityOf } from './identity.ts';
import { type ScanItem, scan } from './scan.ts';
import { SourceFile } from './source-file.ts';

describe('a source, whatever lies in its tree', () => {
  let world: TestTree;
  const top = (...names: string[]) => join(world.root, 'top', ...names);

  beforeEach(async () => {
    world = await openTestTree();
    mkdirSync(top());
  });
  afterEach(() => world.close());

  test('says why a link is skipped in a length that the protocol carries', async () => {
    symlinkSync(`/${'long/'.repeat(800)}`, top('link'));

    const skipped = await skippedItems();
    const page = { type: 'entries', run: 1, page: 0, entries: [], skipped, last: true };

    expect(skipped).toHaveLength(1);
    expect(parseAgentMessage(JSON.stringify(page))).toEqual(page);
  });

  test.skipIf(process.platform !== 'linux')('skips a link whose target it could not repeat', async () => {
    symlinkSync(Buffer.from([0x62, 0xff]), top('link'));

    expect(await skippedItems()).toEqual([
      { path: 'link', reason: 'it is a symbolic link whose target is not valid UTF-8' },
    ]);
  });

  test.skipIf(process.platform === 'win32')('F66: skips a socket', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(top('s'), resolve));

    expect(await skippedItems()).toEqual([{ path: 's', reason: 'it is a socket' }]);
    await new Promise((resolve) => server.close(resolve));
  });

  test('takes two names of one file as two files', async () => {
    writeFileSync(top('a'), '');
    linkSync(top('a'), top('b'));

    expect(await itemsOf()).toHaveLength(3);
  });

  test('walks deeper than directories are kept open, and wider than a turn of the event loop', async () => {
    const deep = Array.from({ length: 80 }, () => 'd');
    mkdirSync(top(...deep), { recursive: true });
    for (let at = 0; at < 300; at += 1) writeFileSync(top(...deep, `f${at}`), '');

    expect(await itemsOf()).toHaveLength(1 + 80 + 300);
  });

  test.skipIf(process.platform === 'win32')(
    'F66: does not wait for a FIFO in the place of a planned file',
    async () => {
      const planned = plan();
      rmSync(top('file'));
      execFileSync('mkfifo', [top('file')]);

      const opened = SourceFile.open(world.tree, world.at('top', 'file'), planned);

      await expect(opened).rejects.toMatchObject({
        code: 'SOURCE_CHANGED',
        message: expect.stringMatching(/regular file/),
      });
    },
  );

  test('closes a file after the reads under way', async () => {
    const file = await SourceFile.open(world.tree, world.at('top', 'file'), plan(Buffer.alloc(4 << 20, 'x')));
    const target = Buffer.alloc(4 << 20);
    const read = file.read(target, 0);

    await file.close();
    await read;

    expect(target.equals(Buffer.alloc(4 << 20, 'x'))).toBe(true);
  });

  test('vouches for nothing once it is closed, when its number may be that of another file', async () => {
    const file = await SourceFile.open(world.tree, world.at('top', 'file'), plan());
    await file.close();
    const other = openSync(top('file'), 'r');

    await expect(file.confirmUnchanged()).rejects.toMatchObject({ code: 'CANCELLED' });
    closeSync(other);
  });

  /** Makes the file `top/file`; returns what a plan holds of it. */
  function plan(content = Buffer.from('content')) {
    writeFileSync(top('file'), content);
    return identityOf(lstatSync(top('file'), { bigint: true }));
  }

  function itemsOf(): Promise<ScanItem[]> {
    return Array.fromAsync(scan(world.tree, world.at('top'), compileSelection({}), new AbortController().signal));
  }

  async function skippedItems() {
    return (await itemsOf()).flatMap((item) => ('skipped' in item ? [item.skipped] : []));
  }
});
