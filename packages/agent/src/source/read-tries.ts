import { errnoOf } from '../paths/file-system-error.ts';
import { pause } from '../session/pause.ts';

/** Before the second and the third try: a cable, a controller or a file server that comes back does so within about a second, or not soon. */
const PAUSES_MS = [100, 1_000] as const;
/** What may be over at the next try: an error of the disk or of the network under it, a kernel short of memory. All else stays as it is. */
const passingErrors: ReadonlySet<string> = new Set(['EIO', 'ETIMEDOUT', 'EAGAIN', 'ENOMEM']);

/**
 * Reads, and once more when that fails with an error that may pass: three tries in all (FAULTS.md F50).
 *
 * @param read - reads from the beginning whenever it is called
 * @param signal - says that nobody waits for the read any more: then there is no pause before the next try, which should say so
 * @throws what the last try threw
 */
export async function readInTries(read: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await read();
    } catch (thrown) {
      if (!passingErrors.has(errnoOf(thrown) ?? '')) throw thrown;
    }
    await pause(pauseMs, signal);
  }
  return read();
}
