import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline } from './system/ferryline.ts';
import { treeDifferences } from './system/tree-differences.ts';

// DESIGN.md section 5: what a destination cannot take waits on the relay's disk, and is delivered later even if its source has gone.

const MIB = 1024 * 1024;

interface TransferView {
  readonly state: string;
  readonly storedChunks: number;
  readonly totalChunks: number;
}

let ferryline: Ferryline;

beforeEach(async () => {
  ferryline = await Ferryline.start();
  await ferryline.startBothAgents();
});
afterEach(() => ferryline.close());

describe('a destination that is away', () => {
  beforeEach(() => ferryline.stopAgent('destination'));

  test('gets a tree when it comes back, though its source has gone and the hub was started anew', async () => {
    await makeTree();
    const { id } = await ferryline.startCopy('tree', 'tree');
    await storedWhole(id);

    await ferryline.stopAgent('source');
    await ferryline.restartHub();
    await ferryline.startAgentAgain('destination');

    expect(await ferryline.settled(id)).toMatchObject({
      state: 'completed',
      counters: { filesMoved: 5, filesFailed: 0 },
    });
    await expectSame('tree');
    await expect.poll(relayFiles, { timeout: 10_000 }).toEqual([]);
  });

  test('is not waited for by its source: what is stored is not sent again', async () => {
    await writeFile(join(ferryline.folder, 'source', 'file'), randomBytes(8 * MIB));
    const { id } = await ferryline.startCopy('file', 'file', { compression: 'none' });
    await storedWhole(id);
    await ferryline.startAgentAgain('destination');

    const { counters, state } = await ferryline.settled(id);

    expect(state).toBe('completed');
    // 8 chunks, each with a header, once.
    expect(counters.wireBytes).toBe(8 * (MIB + 72));
  });

  test('F37, F38: gets the file from its source when what was stored is damaged or gone', async () => {
    await writeFile(join(ferryline.folder, 'source', 'damaged'), randomBytes(3 * MIB));
    await writeFile(join(ferryline.folder, 'source', 'gone'), randomBytes(3 * MIB));
    const runs = [await ferryline.startCopy('damaged', 'damaged'), await ferryline.startCopy('gone', 'gone')];
    for (const { id } of runs) await storedWhole(id);
    const [damaged, gone] = (await relayFiles()).toSorted();
    const bytes = await readFile(damaged ?? '');
    bytes.writeUInt8(bytes.readUInt8(MIB + 500) ^ 1, MIB + 500);
    await writeFile(damaged ?? '', bytes);
    await rm(gone ?? '');

    await ferryline.startAgentAgain('destination');

    for (const { id } of runs) expect(await ferryline.settled(id)).toMatchObject({ state: 'completed' });
    for (const name of ['damaged', 'gone']) await expectSame(name);
    await expect.poll(relayFiles, { timeout: 10_000 }).toEqual([]);
  });

  test('of a cancelled run nothing is left at the hub', async () => {
    await makeTree();
    const { id } = await ferryline.startCopy('tree', 'tree');
    await storedWhole(id);

    await ferryline.post(`runs/${id}/cancel`, {});

    await expect.poll(relayFiles, { timeout: 10_000 }).toEqual([]);
  });
});

test('L4: what has no room on the relay waits at its source, and goes the direct way when the destination is back', async () => {
  await ferryline.close();
  ferryline = await Ferryline.start({ relayDiskBytes: 3 * MIB });
  await ferryline.startBothAgents();
  await mkdir(join(ferryline.folder, 'source', 'tree'));
  for (const name of ['a', 'b', 'c']) {
    await writeFile(join(ferryline.folder, 'source', 'tree', name), randomBytes(2 * MIB));
  }
  await ferryline.stopAgent('destination');
  const { id } = await ferryline.startCopy('tree', 'tree');
  await expect.poll(async () => (await transfersOf(id)).filter(isStored).length).toBe(1);

  await ferryline.startAgentAgain('destination');

  expect(await ferryline.settled(id)).toMatchObject({ state: 'completed', counters: { filesMoved: 3 } });
  await expectSame('tree');
});

async function expectSame(name: string): Promise<void> {
  const [source, arrived] = ['source', 'destination'].map((each) => join(ferryline.folder, each, name));
  expect(await treeDifferences(source ?? '', arrived ?? '')).toEqual([]);
}

async function makeTree(): Promise<void> {
  const tree = join(ferryline.folder, 'source', 'tree');
  await mkdir(join(tree, 'sub', 'empty'), { recursive: true });
  await writeFile(join(tree, 'nothing'), '');
  await writeFile(join(tree, 'one byte'), 'x');
  await writeFile(join(tree, 'sub', 'text'), 'again and again '.repeat(200_000));
  await writeFile(join(tree, 'sub', 'large'), randomBytes(5 * MIB + 17));
  await writeFile(join(tree, 'sub', 'exact'), randomBytes(2 * MIB));
}

/** Waits until the relay's disk holds everything of a run. */
async function storedWhole(run: number): Promise<void> {
  const isStoredAll = async (): Promise<boolean> => {
    const transfers = await transfersOf(run);
    return transfers.length > 0 && transfers.every(isStored);
  };
  await expect.poll(isStoredAll, { timeout: 20_000 }).toBe(true);
}

function isStored({ state, storedChunks, totalChunks }: TransferView): boolean {
  return state === 'suspended' && storedChunks === totalChunks;
}

async function transfersOf(run: number): Promise<readonly TransferView[]> {
  return (await ferryline.get<{ items: TransferView[] }>(`transfers?run=${run}`)).items;
}

async function relayFiles(): Promise<string[]> {
  const entries = await readdir(join(ferryline.folder, 'hub', 'relay'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
