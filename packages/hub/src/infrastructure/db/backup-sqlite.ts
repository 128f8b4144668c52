import { randomBytes } from 'node:crypto';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { FerryError } from '@ferryline/engine';
import { SqliteThread } from './sqlite-thread.ts';

/**
 * All pages in one step: they are read as of one moment while the hub goes on writing. In several, each write in between would make
 * the copy begin anew.
 */
const ALL_PAGES = 2 ** 31 - 1;
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Copies the embedded database, also while a hub writes to it: everything that was committed when this was called, and no
 * transaction by halves. The copy is checked, and on stable storage under its name when this returns; it is for its owner alone. Until
 * then it has another name beside it, and it never takes the place of a file that is there.
 *
 * @throws FerryError NOT_FOUND when there is no database, CONFLICT when the target exists, INTERNAL when it cannot be copied or the copy
 * is damaged.
 */
export async function backupSqlite(file: string, target: string): Promise<void> {
  if (await exists(target)) throw taken(target);
  const partial = `${target}.${randomBytes(6).toString('hex')}.partial`;
  try {
    await makePrivate(partial);
    await copy(file, partial);
    await check(file, partial);
    await publish(partial, target);
  } catch (cause) {
    if (cause instanceof FerryError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FerryError('INTERNAL', `The database ${file} could not be copied to ${target}: ${reason}.`, { cause });
  } finally {
    const remains = ['', '-journal', '-wal', '-shm'].map((suffix) => rm(partial + suffix, { force: true }));
    await Promise.all(remains);
  }
}

/** SQLite fills the empty file, and gives those beside it the same mode. */
async function makePrivate(partial: string): Promise<void> {
  const handle = await open(partial, 'wx', 0o600);
  await handle.close();
}

async function copy(file: string, partial: string): Promise<void> {
  if (!(await exists(file)))
    throw new FerryError('NOT_FOUND', `There is no database ${file}. Name the hub's --data-dir.`);
  // Not read-only: whoever is the last to close such a database has to tidy up beside it, or the hub's account may not open it again.
  const source = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    await backup(source, partial, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
}

async function check(file: string, partial: string): Promise<void> {
  const thread = new SqliteThread({ file: partial });
  try {
    const found = await thread.execute('pragma integrity_check(1)', []);
    const verdict = String(found.result?.rows[0]?.[0]);
    // One file that needs no other beside it, wherever it is read.
    await thread.execute('pragma journal_mode = delete', []);
    if (verdict === 'ok') return;
    throw new FerryError(
      'INTERNAL',
      `The database ${file} is damaged (${verdict}); no backup of it was kept. Restore the newest one that you have.`,
    );
  } finally {
    await thread.close();
  }
}

/** Gives the copy its name, which a crash then keeps. */
async function publish(partial: string, target: string): Promise<void> {
  try {
    await link(partial, target);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'EEXIST') throw taken(target);
    if (!WITHOUT_LINKS.has(code)) throw cause;
    if (await exists(target)) throw taken(target);
    await rename(partial, target);
  }
  const directory = await open(dirname(target));
  await directory.sync().finally(() => directory.close());
}

/** What file systems say that have no second names for a file: exFAT on a stick, some network shares. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw cause;
  }
}

function taken(target: string): FerryError {
  return new FerryError('CONFLICT', `${target} exists, and a backup replaces nothing. Choose another name.`);
}
