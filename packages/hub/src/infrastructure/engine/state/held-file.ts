import type { FileEntry } from '@ferryline/engine';
import type { HeldFile } from '../../../domain/run/run-repository.ts';

const NS_PER_MS = 1_000_000n;

/**
 * A file as the two ends of a `pull` run compare it: names, size and mtime. To the millisecond, because a destination sets times
 * through a floating-point number that loses their last bits; a file that falls on the wrong side of one is moved once more.
 */
export function heldFile({ names, identity, mtimeNs }: FileEntry): HeldFile {
  return { names, sizeBytes: identity.size, mtimeNs: String((BigInt(mtimeNs) / NS_PER_MS) * NS_PER_MS) };
}
