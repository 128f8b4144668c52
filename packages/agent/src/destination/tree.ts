import { lstatSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { type ExistingPolicy, type Failure, FerryError, type RootPath } from '@ferryline/engine';
import type { DirectoryTree, HeldDirectory } from '../paths/directory-tree.ts';
import { asDestinationError, errnoOf } from '../paths/file-system-error.ts';
import { PARTIAL_LINK_NAME } from '../paths/partial-name.ts';
import { pathText } from '../paths/path-text.ts';
import { secondsOf } from './time.ts';

/** What could not be made, and why; the rest was. */
export type TreeFailure = Failure & { readonly path: string };

/** Makes directories, parents first; those that exist are kept, and made writable for the agent until they are sealed. */
export async function makeDirectories(
  tree: DirectoryTree,
  into: RootPath,
  directories: readonly { readonly names: readonly string[] }[],
): Promise<TreeFailure[]> {
  return eachOf(into, directories, async (path) => {
    const held = tree.directory(path, 'write', { create: true });
    try {
      held.directory.makeWritable();
    } finally {
      held.release();
    }
  });
}

/** Makes symbolic links, in the place of other links or files when the policy is `replace`. */
export async function makeLinks(
  tree: DirectoryTree,
  into: RootPath,
  links: readonly { readonly names: readonly string[]; readonly target: string }[],
  existing: ExistingPolicy,
): Promise<TreeFailure[]> {
  const touched = new Set<HeldDirectory>();
  const failures = await eachOf(into, links, async (path, { target }) => {
    const parent = tree.parentOf(path, 'write', { create: true });
    touched.add(parent);
    const final = parent.directory.childPath(parent.name);
    try {
      symlinkSync(target, final);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'EEXIST' || existing === 'fail') throw thrown;
      if (lstatSync(final).isDirectory()) {
        throw new FerryError(
          'DESTINATION_EXISTS',
          `${pathText(path)} is a directory at the destination; a link does not replace it.`,
        );
      }
      // Made under a hidden name first: the path shows the old link or the new one, never nothing.
      const hidden = parent.directory.childPath(PARTIAL_LINK_NAME);
      unlinkIfThere(hidden);
      symlinkSync(target, hidden);
      renameSync(hidden, final);
    }
  });
  for (const held of touched) {
    await held.directory.sync();
    held.release();
  }
  return failures;
}

/** Gives directories their mode and mtime, in the order given: children before parents. An allowed root keeps its own. */
export async function sealDirectories(
  tree: DirectoryTree,
  into: RootPath,
  directories: readonly { readonly names: readonly string[]; readonly mode: number; readonly mtimeNs: string }[],
): Promise<TreeFailure[]> {
  return eachOf(into, directories, async (path, { mode, mtimeNs }) => {
    if (path.names.length === 0) return;
    const held = tree.directory(path, 'write', { create: false });
    try {
      held.directory.setModeAndTime(mode, secondsOf(mtimeNs));
      await held.directory.sync();
    } finally {
      held.release();
    }
  });
}

async function eachOf<T extends { readonly names: readonly string[] }>(
  into: RootPath,
  items: readonly T[],
  work: (path: RootPath, item: T) => Promise<void>,
): Promise<TreeFailure[]> {
  const failures: TreeFailure[] = [];
  for (const item of items) {
    const path: RootPath = { root: into.root, names: [...into.names, ...item.names] };
    try {
      await work(path, item);
    } catch (thrown) {
      const { code, message } = asDestinationError(thrown, pathText(path));
      failures.push({ path: pathText(path), code, message });
    }
  }
  return failures;
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
  }
}
