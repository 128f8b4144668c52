import { type BigIntStats, lstat } from 'node:fs';
import { promisify } from 'node:util';
import type { RootPath } from '@ferryline/engine';
import type { DirectoryTree, HeldParent } from '../paths/directory-tree.ts';
import { asDestinationError, errnoOf } from '../paths/file-system-error.ts';
import { pathText } from '../paths/path-text.ts';

const lstatAsync = promisify(lstat);

/**
 * What a file is known by after it was published, beside its path and size, as long as nobody writes to it or puts another one in its
 * place. Not the device, whose number a restart of the machine may change.
 */
export interface PublishedFile {
  readonly ino: string;
  /** As the file system has kept it, which may be coarser than what was asked for. */
  readonly mtimeNs: string;
}

export function publishedFileOf({ ino, mtimeNs }: BigIntStats): PublishedFile {
  return { ino: String(ino), mtimeNs: String(mtimeNs) };
}

/**
 * Whether the file that was published at a path still stands there, as it was.
 *
 * @throws FerryError DESTINATION_UNWRITABLE; PATH_NOT_ALLOWED.
 */
export async function isStillPublished(
  tree: DirectoryTree,
  plan: { readonly path: RootPath; readonly size: number },
  published: PublishedFile,
): Promise<boolean> {
  let parent: HeldParent | undefined;
  try {
    parent = tree.parentOf(plan.path, 'write', { create: false });
    const stats = await lstatAsync(parent.directory.childPath(parent.name), { bigint: true });
    const found = publishedFileOf(stats);
    const isSame = found.ino === published.ino && found.mtimeNs === published.mtimeNs;
    return isSame && stats.isFile() && stats.size === BigInt(plan.size);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw asDestinationError(thrown, pathText(plan.path));
  } finally {
    parent?.release();
  }
}
