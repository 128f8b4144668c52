import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, link, rm } from 'node:fs/promises';
import { backup, DatabaseSync } from 'node:sqlite';
import { FerryError } from '@ferryline/engine';

/** Pages copied before writers get their turn: 1,000 of 4 KiB are a few milliseconds. */
const PAGES_AT_A_TIME = 1_000;
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Copies the embedded database as it is at one moment, also while a hub writes to it from another process. The copy is one file, for
 * its owner alone, checked before it gets its name.
 *
 * @throws FerryError VALIDATION when there is no database or the target exists, INTERNAL when copying or the check fails.
 */
export async function backupSqlite(file: string, target: string): Promise<void> {
  if (!existsSync(file)) {
    throw new FerryError('VALIDATION', `There is no database ${file}. Name the hub's --data-dir.`);
  }
  const draft = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    await copy(file, draft);
    check(draft);
    await chmod(draft, 0o600);
    // Unlike a rename, a link replaces nothing.
    await link(draft, target);
  } catch (cause) {
    throw explain(cause, target);
  } finally {
    await rm(draft, { force: true });
  }
}

async function copy(file: string, draft: string): Promise<void> {
  // Not read-only: whoever is the last to close such a database has to tidy up beside it, or the hub's account may not open it again.
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    await backup(database, draft, { rate: PAGES_AT_A_TIME });
  } finally {
    database.close();
  }
}

function check(draft: string): void {
  const database = new DatabaseSync(draft);
  try {
    // One file that needs no other beside it.
    database.exec('pragma journal_mode = delete');
    const [row] = database.prepare('pragma integrity_check').all();
    if (row?.integrity_check === 'ok') return;
    throw new FerryError(
      'INTERNAL',
      `The copy fails SQLite's integrity check (${String(row?.integrity_check)}): the database is damaged.`,
    );
  } finally {
    database.close();
  }
}

function explain(cause: unknown, target: string): FerryError {
  if (cause instanceof FerryError) return cause;
  if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
    return new FerryError('VALIDATION', `${target} exists already. A backup replaces nothing: choose another name.`);
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FerryError('INTERNAL', `The backup ${target} cannot be written: ${reason}`, { cause });
}
