import type { BigIntStats } from 'node:fs';
import type { FileIdentity } from '@ferryline/engine';

/** What makes a file the same file, as `stat` tells it (FAULTS.md P8). */
export function identityOf(stats: BigIntStats): FileIdentity {
  return {
    dev: String(stats.dev),
    ino: String(stats.ino),
    size: Number(stats.size),
    mtimeNs: String(stats.mtimeNs),
    ctimeNs: String(stats.ctimeNs),
  };
}

/** What differs between two identities, in words for people; undefined when nothing does. */
export function differenceOf(planned: FileIdentity, found: FileIdentity): string | undefined {
  if (planned.ino !== found.ino || planned.dev !== found.dev) return 'it was replaced by another file';
  if (planned.size !== found.size) return `its size went from ${planned.size} to ${found.size} bytes`;
  if (planned.mtimeNs !== found.mtimeNs) return 'it was written to';
  if (planned.ctimeNs !== found.ctimeNs) return 'its content or its metadata changed';
  return undefined;
}
