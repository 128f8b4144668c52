import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestTree, type TestTree } from '../paths/test-tree.ts';
import { CHUNK, CONTENT, DestinationLife, REF } from './example-life.ts';
import { DestinationJournal } from './journal/destination-journal.ts';

const PARTIAL = '.ferry-7-1.part';

let world: TestTree;
let stateDir: string;
let lives: DestinationLife[];

beforeEach(async () => {
  world = await openTestTree();
  stateDir = mkdtempSync(join(tmpdir(), 'ferry-state-'));
  lives = [];
});
afterEach(async () => {
  for (const life of lives) await life.destination.close();
  world.close();
  rmSync(stateDir, { recursive: true, force: true });
});

describe('a destination that died', () => {
  test('goes on with what it holds, and publishes the whole file', async () => {
    await firstLife(0, 1);
    const life = begin();

    expect(await life.receive()).toEqual([[0, 2]]);
    await life.take(2);
    await life.finish();

    expect(readFileSync(at('file')).equals(CONTENT)).toBe(true);
    expect(readdirSync(world.root)).toEqual(['file']);
  });

  test('says what it remembers, until it is told that it is over', async () => {
    await firstLife(0);
    const life = begin();
    expect(life.destination.holds()).toEqual([REF]);

    life.destination.onCancel([REF]);
    await life.destination.removed();

    expect(begin().destination.holds()).toEqual([]);
    expect(readdirSync(world.root)).toEqual([]);
  });

  test('forgets at once what is cancelled while it finds that the partial file is gone', async () => {
    await firstLife(0, 1);
    unlinkSync(at(PARTIAL));
    const life = begin();

    void life.receive();
    life.destination.onCancel([REF]);
    await life.destination.removed();

    expect(begin().destination.holds()).toEqual([]);
    expect(readdirSync(world.root)).toEqual([]);
  });

  test('F53: asks again for a chunk that somebody changed meanwhile', async () => {
    await firstLife(0, 1);
    const bytes = readFileSync(at(PARTIAL));
    bytes[CHUNK + 17] = 0;
    writeFileSync(at(PARTIAL), bytes);

    expect(await begin().receive()).toEqual([[0, 1]]);
    // What was found to be wrong is not claimed by the life after either.
    expect(await begin().receive()).toEqual([[0, 1]]);
  });

  test('asks again for chunks that a shorter file has not', async () => {
    await firstLife(0, 1);
    truncateSync(at(PARTIAL), CHUNK + 5);

    expect(await begin().receive()).toEqual([[0, 1]]);
  });

  test('cuts off what does not belong to the file', async () => {
    await firstLife(0, 1, 2);
    writeFileSync(at(PARTIAL), Buffer.concat([CONTENT, Buffer.from('junk')]));
    const life = begin();

    expect(await life.receive()).toEqual([[0, 3]]);
    await life.finish();

    expect(readFileSync(at('file')).equals(CONTENT)).toBe(true);
  });

  test('begins anew when the partial file is gone', async () => {
    await firstLife(0, 1);
    unlinkSync(at(PARTIAL));
    const life = begin();

    expect(await life.receive()).toEqual([]);
    for (const index of [0, 1, 2]) await life.take(index);
    await life.finish();

    expect(readFileSync(at('file')).equals(CONTENT)).toBe(true);
  });

  test('takes up a complete file whose mode lets nobody write', async () => {
    await firstLife(0, 1, 2);
    chmodSync(at(PARTIAL), 0o444);
    const life = begin();

    expect(await life.receive({ mode: 0o444 })).toEqual([[0, 3]]);
    await life.finish();

    expect(readFileSync(at('file')).equals(CONTENT)).toBe(true);
  });

  test.each([
    ['a link to the file of somebody else', (path: string, precious: string) => symlinkSync(precious, path)],
    ['another name of the file of somebody else', (path: string, precious: string) => linkSync(precious, path)],
  ])('writes nothing to %s in the place of the partial file', async (_what, put) => {
    await firstLife(0, 1);
    unlinkSync(at(PARTIAL));
    const precious = join(world.outside, 'precious');
    writeFileSync(precious, 'precious');
    put(at(PARTIAL), precious);
    const life = begin();

    expect(await life.receive()).toEqual([]);
    for (const index of [0, 1, 2]) await life.take(index);
    await life.finish();

    expect(readFileSync(precious, 'utf8')).toBe('precious');
    expect(readFileSync(at('file')).equals(CONTENT)).toBe(true);
  });

  test('says finished when it died between the rename and the receipt, even if the file was taken away since', async () => {
    await lifeThatIntendedToPublish();
    renameSync(at(PARTIAL), join(world.outside, 'taken away'));
    const life = begin();

    expect(await life.receive()).toBe('finished');
    expect(existsSync(at('file'))).toBe(false);
  });

  test('says finished when it died between the link and the removal of the hidden name', async () => {
    await lifeThatIntendedToPublish();
    linkSync(at(PARTIAL), at('file'));

    expect(await begin().receive({ existing: 'fail' })).toBe('finished');
    expect(readdirSync(world.root)).toEqual(['file']);
  });

  test('publishes once when it died between the intent and the rename', async () => {
    await lifeThatIntendedToPublish();
    const life = begin();

    expect(await life.receive()).toEqual([[0, 3]]);
    // The intent was dropped: a partial file that somebody removes now was not published.
    unlinkSync(at(PARTIAL));
    expect(await begin().receive()).toEqual([]);
  });

  test('F34: throws away what it holds of another file by the same number', async () => {
    await firstLife(0, 1);
    const life = begin();

    expect(await life.receive({ size: CHUNK, path: world.at('other') })).toEqual([]);
    await life.destination.removed();

    expect(readdirSync(world.root)).toEqual([PARTIAL]);
    expect(readFileSync(at(PARTIAL))).toHaveLength(0);
  });

  test('removes what nobody asks for, and nothing else', async () => {
    await firstLife(0);
    writeFileSync(at('.ferry-8-1.part'), 'not of this agent');
    const life = begin();

    life.destination.dropLeftBehind(Date.now() - 60_000);
    await life.destination.removed();
    expect(readdirSync(world.root)).toContain(PARTIAL);
    life.destination.dropLeftBehind(Date.now() + 60_000);
    await life.destination.removed();

    expect(readdirSync(world.root)).toEqual(['.ferry-8-1.part']);
  });

  test('leaves what it holds when it is stopped, for the next start', async () => {
    const { destination } = await firstLife(0, 1);
    await destination.close();

    expect(await begin().receive()).toEqual([[0, 2]]);
  });
});

function begin(): DestinationLife {
  const life = new DestinationLife(world.tree, stateDir, world.at('file'));
  lives.push(life);
  return life;
}

/** A life that receives chunks, each to the acknowledgement, and then is dead: nothing of it is ever closed. */
async function firstLife(...indices: readonly number[]): Promise<DestinationLife> {
  const life = begin();
  await life.receive();
  for (const index of indices) await life.take(index);
  return life;
}

/** A life that died when it was about to put the complete file in its place. */
async function lifeThatIntendedToPublish(): Promise<void> {
  await firstLife(0, 1, 2);
  const journal = DestinationJournal.open(stateDir, pino({ level: 'silent' }));
  await journal.commit({ type: 'publishing', ...REF, chunks: [], atMs: Date.now() });
  await journal.close();
}

function at(name: string): string {
  return join(world.root, name);
}
