import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Comparison, compareTrees } from '../../scripts/demo/compare.ts';
import { readTree } from '../../scripts/demo/tree.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-demo-'));
  for (const tree of ['source', 'copy']) {
    mkdirSync(join(folder, tree, 'deep'), { recursive: true });
    writeFileSync(join(folder, tree, 'deep', 'a'), 'hello', { mode: 0o640 });
    writeFileSync(Buffer.concat([Buffer.from(join(folder, tree)), Buffer.from([0x2f, 0xff])]), 'no UTF-8');
    symlinkSync('deep/a', join(folder, tree, 'link'));
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function compare(skips: string[] = []): Promise<Comparison> {
  return compareTrees(await readTree(join(folder, 'source')), await readTree(join(folder, 'copy')), new Set(skips));
}

describe('the check of the demonstration', () => {
  test('finds nothing where everything is the same', async () => {
    expect(await compare()).toEqual({ filesIdentical: 2, bytesIdentical: 13, skipped: [], differences: [] });
  });

  const changes: [string, () => void, RegExp][] = [
    ['a byte', () => writeFileSync(join(folder, 'copy', 'deep', 'a'), 'hellO'), /deep\/a: SHA-256/],
    ['a mode', () => chmodSync(join(folder, 'copy', 'deep', 'a'), 0o600), /mode 640 in the source, 600/],
    ["a directory's mode", () => chmodSync(join(folder, 'copy', 'deep'), 0o700), /^deep: mode/],
    ['a missing link', () => unlinkSync(join(folder, 'copy', 'link')), /link is missing/],
    [
      'something that was not there',
      () => writeFileSync(join(folder, 'copy', 'more'), ''),
      /more is at the destination/,
    ],
  ];
  test.each(changes)('sees %s', async (_what, change, sentence) => {
    change();
    const { differences } = await compare();
    expect(differences).toEqual([expect.stringMatching(sentence)]);
  });

  test('lets pass what the run said it would skip, and what lies in it', async () => {
    rmSync(join(folder, 'copy', 'deep'), { recursive: true });
    expect(await compare(['deep'])).toMatchObject({ skipped: ['deep', 'deep/a'], differences: [] });
    expect(await compare(['other'])).toMatchObject({ skipped: [], differences: { length: 2 } });
  });
});
