import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FerryError } from '@ferryline/engine';

/** The hub's own directory, held by one hub at a time. */
export interface DataDirectory {
  readonly path: string;
  /** Lets go of the directory; may be called twice. */
  close(): void;
}

/**
 * Makes the data directory when there is none, for the hub's account alone, and takes it for this process. The lock is SQLite's own
 * on an empty database: the operating system drops it however the process ends, so that no stale one is ever left.
 *
 * @throws FerryError FORBIDDEN when other accounts can use the directory, INTERNAL when it is not writable, CONFLICT when another hub holds it.
 */
export function openDataDirectory(path: string): DataDirectory {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unwritable(path, cause);
  }
  requirePrivate(path);
  const holderFile = join(path, 'hub.holder');
  const lock = takeLock(path, holderFile);
  try {
    writeFileSync(holderFile, `process ${process.pid} on ${hostname()}`, { mode: 0o600 });
  } catch (cause) {
    lock.close();
    throw unwritable(path, cause);
  }
  return {
    path,
    close: () => {
      if (lock.isOpen) lock.close();
    },
  };
}

/** Whoever can read the database can sign in as anybody whose password they guess at leisure (ATTACKS.md section 5.4). */
function requirePrivate(path: string): void {
  // Windows has no such bits and reports none that mean anything.
  if (process.platform === 'win32') return;
  let mode: number;
  try {
    ({ mode } = statSync(path));
  } catch (cause) {
    throw unwritable(path, cause);
  }
  if ((mode & OTHERS_MAY) === 0) return;
  throw new FerryError(
    'FORBIDDEN',
    `Other accounts can use the data directory ${path}, which holds the hub's keys and passwords. Run: chmod 700 ${path}`,
  );
}

/** Permission bits of group and others. */
const OTHERS_MAY = 0o077;

function takeLock(path: string, holderFile: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, 'hub.lock'));
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
    return lock;
  } catch (cause) {
    lock?.close();
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY)
      throw taken(path, holderFile, cause);
    throw unwritable(path, cause);
  }
}

/** sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

function taken(path: string, holderFile: string, cause: unknown): FerryError {
  let holder = 'another process';
  try {
    holder = readFileSync(holderFile, 'utf8');
  } catch {
    // It has not written its name yet: "another process" says enough.
  }
  return new FerryError(
    'CONFLICT',
    `The data directory ${path} is in use by ${holder}. Stop that hub, or give this one another --data-dir.`,
    { cause },
  );
}

function unwritable(path: string, cause: unknown): FerryError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FerryError(
    'INTERNAL',
    `The data directory ${path} is not writable (${reason}). Give the hub's account write access, or choose another with --data-dir.`,
    { cause },
  );
}
