import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync, type Stats, unlink } from 'node:fs';
import { promisify } from 'node:util';
import type { Directory } from '../paths/directory.ts';
import type { HeldParent } from '../paths/directory-tree.ts';
import { errnoOf } from '../paths/file-system-error.ts';

const unlinkAsync = promisify(unlink);

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const READ_FLAGS = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);
const PARTIAL_MODE = 0o600;

/**
 * Whether a partial file that was about to be published was put in its place: it is gone by a rename (a consumer may have taken the
 * published file away since), or its place is a link to it, and its hidden name is removed now.
 */
export async function isInPlace({ directory, name }: HeldParent, partialName: string): Promise<boolean> {
  const partial = await directory.lookAt(partialName);
  if (partial === undefined) return true;
  const final = await directory.lookAt(name);
  if (final === undefined || final.ino !== partial.ino || final.dev !== partial.dev) return false;
  await unlinkAsync(directory.childPath(partialName));
  return true;
}

/**
 * Opens a partial file that an earlier life of this agent left, for reading and writing, no longer than the file it is to become.
 * Undefined when there is none that is surely ours alone: then a new one is made in its stead.
 */
export async function openLeftPartial(directory: Directory, name: string, size: number): Promise<number | undefined> {
  const path = directory.childPath(name);
  let fd: number;
  try {
    fd = openSync(path, READ_FLAGS);
  } catch (thrown) {
    if (['ENOENT', 'ELOOP', 'EACCES', 'ENXIO'].includes(errnoOf(thrown) ?? '')) return undefined;
    throw thrown;
  }
  try {
    const stats = fstatSync(fd);
    if (!isOursAlone(stats)) return undefined;
    // A complete one has got its mode already, which may let nobody write.
    fchmodSync(fd, PARTIAL_MODE);
    const writable = openSync(process.platform === 'linux' ? `/proc/self/fd/${fd}` : path, constants.O_RDWR);
    if (stats.size > size) ftruncateSync(writable, size);
    return writable;
  } finally {
    closeSync(fd);
  }
}

/** A regular file that nobody else made, or has under another name. */
function isOursAlone(stats: Stats): boolean {
  return stats.isFile() && stats.nlink === 1 && (process.getuid === undefined || stats.uid === process.getuid());
}
