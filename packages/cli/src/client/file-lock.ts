import { open, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { FerryError } from '@ferryline/engine';

const LOOK_EVERY_MS = 50;
/** Longer than what is done under a lock ever takes: its holder is gone. */
const STALE_MS = 40_000;
const PATIENCE_MS = 60_000;

/**
 * Does the work while no other process that asks for the same lock file does its own. A lock whose holder was killed is taken over.
 *
 * @throws FerryError CONFLICT when others hold it for a minute; what the work throws.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  for (const startedAt = Date.now(); !(await take(file)); ) {
    if (Date.now() - startedAt > PATIENCE_MS) {
      throw new FerryError('CONFLICT', `Another ferry holds ${file}. Remove it if there is none.`);
    }
    await removeStale(file);
    await sleep(LOOK_EVERY_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
    throw thrown;
  }
}

async function removeStale(file: string): Promise<void> {
  const held = await stat(file).catch(() => undefined);
  if (held !== undefined && Date.now() - held.mtimeMs > STALE_MS) await rm(file, { force: true });
}
