import { mkdir } from 'node:fs/promises';
import { FerryError } from '@ferryline/engine';
import { errnoOf } from './file-system-error.ts';

/** Its owner's alone: what an agent remembers names files that others may not know of. */
const STATE_MODE = 0o700;

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
