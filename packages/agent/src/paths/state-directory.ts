import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FerryError } from '@ferryline/engine';
import { errnoOf } from './file-system-error.ts';

/** Its owner's alone: what an agent remembers names files that others may not know of. */
const STATE_MODE = 0o700;
/** Held by SQLite for as long as an agent uses the directory. */
const LOCK = 'agent.lock';

/**
 * Makes the agent's state directory, and what leads to it, where it is missing; one that is there stays as it is.
 *
 * @throws FerryError VALIDATION when it cannot be made.
 */
export async function makeStateDirectory(stateDir: string): Promise<void> {
  try {
    await mkdir(stateDir, { recursive: true, mode: STATE_MODE });
  } catch (cause) {
    throw new FerryError(
      'VALIDATION',
      `The agent's state directory ${stateDir} cannot be made (${errnoOf(cause)}). Choose another with --state-dir or FERRY_STATE_DIR.`,
      { cause },
    );
  }
}

/**
 * Takes a state directory for this process, until `close`. The lock is SQLite's own on an empty database: the operating system drops it
 * however the process ends, so that no stale one is ever left.
 *
 * @throws FerryError CONFLICT when another agent uses it, VALIDATION when it cannot be used.
 */
export function holdStateDirectory(stateDir: string): { close(): void } {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(stateDir, LOCK));
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
    return lock;
  } catch (cause) {
    lock?.close();
    if (isBusy(cause)) {
      throw new FerryError(
        'CONFLICT',
        `The state directory ${stateDir} is in use by another agent. Stop that one, or give this one its own with --state-dir.`,
        { cause },
      );
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FerryError(
      'VALIDATION',
      `The agent's state directory ${stateDir} cannot be used (${reason}). Give the agent's user write access, or choose another with --state-dir.`,
      { cause },
    );
  }
}

/**
 * Whether an agent uses the state directory at this moment. Looks without making, writing or holding anything.
 *
 * @throws Error when that cannot be told, as where the lock is for others to read
 */
export function isStateDirectoryHeld(stateDir: string): boolean {
  const file = join(stateDir, LOCK);
  if (!existsSync(file)) return false;
  const lock = new DatabaseSync(file, { readOnly: true });
  try {
    lock.exec('pragma schema_version');
    return false;
  } catch (thrown) {
    if (isBusy(thrown)) return true;
    throw thrown;
  } finally {
    lock.close();
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'errcode' in thrown && thrown.errcode === SQLITE_BUSY;
}

/** sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
