import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultyLink } from '../system/faulty-link.ts';
import { Ferryline, type RunView } from '../system/ferryline.ts';

// FAULTS.md F41: a database that is set back does not remember what was published since; destinations do.

const MIB = 2 ** 20;
const SMALL_FILES = 20;

let ferryline: Ferryline;
let link: FaultyLink;
let database: string;
let kept: string;

beforeEach(async () => {
  ferryline = await Ferryline.start({ relayMemoryBytes: 2 * MIB });
  link = await FaultyLink.start(ferryline.hubUrl);
  await ferryline.startAgent('source', [`${join(ferryline.folder, 'source')}:ro`]);
  await ferryline.startAgent('destination', [`${join(ferryline.folder, 'destination')}:rw`], link.url);
  [database, kept] = [join(ferryline.folder, 'hub', 'ferryline.db'), join(ferryline.folder, 'kept.db')];
});
afterEach(async () => {
  await ferryline.close();
  await link.close();
});

test('F41: a hub whose database was set back hears of files that they are published, and has none published again', async () => {
  const names = ['large', ...Array.from({ length: SMALL_FILES }, (_, at) => `small-${at}`)];
  for (const name of names) write(name, randomBytes(name === 'large' ? 8 * MIB : 100));
  const { id } = await startAndKeepDatabase();
  const first = await ferryline.settled(id);
  const before = names.map(inodeOf);

  await setBack();
  const second = await ferryline.settled(id);

  expect([first.state, second.state]).toEqual(['completed', 'completed']);
  expect(unsettledWhenKept()).toContain('large');
  expect(second.counters).toMatchObject({ filesMoved: names.length, filesFailed: 0 });
  expect(names.map(inodeOf)).toEqual(before);
});

test('F41: a destination that was started again meanwhile remembers what it published', async () => {
  write('large', randomBytes(8 * MIB));
  const { id } = await startAndKeepDatabase();
  await ferryline.settled(id);
  const before = inodeOf('large');

  await ferryline.stopAgent('destination');
  await setBack();
  await ferryline.startAgentAgain('destination');

  expect(await ferryline.settled(id)).toMatchObject({ state: 'completed', counters: { filesMoved: 1 } });
  expect(inodeOf('large')).toBe(before);
});

test('F41: a file that is copied anew under the number of one that the hub has forgotten is published', async () => {
  write('large', randomBytes(8 * MIB));
  const { id } = await startAndKeepDatabase();
  await ferryline.settled(id);
  write('later', Buffer.alloc(MIB, 'then'));
  const later = await ferryline.copy('later', 'tree/later');

  await setBack();
  await ferryline.settled(id);
  rmSync(received('later'));
  const again = await ferryline.copy('later', 'tree/later');

  // The same file, place and number; only that it was taken away tells of the difference.
  expect([later.state, again.state, again.id]).toEqual(['completed', 'completed', later.id]);
  expect(readFileSync(received('later')).equals(Buffer.alloc(MIB, 'then'))).toBe(true);
});

/** Starts a copy of all that is at the source, and keeps a copy of the database when half of the large file has come. */
async function startAndKeepDatabase(): Promise<RunView> {
  const run = await ferryline.startCopy('.', 'tree', { compression: 'none' });
  await link.carried('fromHub', 4 * MIB);
  await ferryline.restartHub(() => cpSync(database, kept));
  return run;
}

async function setBack(): Promise<void> {
  await ferryline.restartHub(() => {
    for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
    cpSync(kept, database);
  });
}

/** The names of the files that had not arrived, as the copy of the database has it. */
function unsettledWhenKept(): readonly unknown[] {
  using copy = new DatabaseSync(kept, { readOnly: true });
  return copy
    .prepare(`select filename from transfers where state <> 'completed'`)
    .all()
    .map(({ filename }) => filename);
}

function write(name: string, content: Buffer): void {
  writeFileSync(join(ferryline.folder, 'source', name), content);
}

/** A file that is put in its place has another inode than the one that it replaces. */
function inodeOf(name: string): number {
  return statSync(received(name)).ino;
}

function received(name: string): string {
  return join(ferryline.folder, 'destination', 'tree', name);
}
