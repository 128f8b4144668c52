import { lstatSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { type ExistingPolicy, type Failure, FerryError, type RootPath } from '@ferryline/engine';
import type { Directory } from '../paths/directory.ts';
import type { DirectoryTree, HeldParent } from '../paths/directory-tree.ts';
import { asDestinationError, errnoOf } from '../paths/file-system-error.ts';
import { linkObjection } from '../paths/link-target.ts';
import { PARTIAL_LINK_NAME } from '../paths/partial-name.ts';
import { pathText } from '../paths/path-text.ts';
import { secondsOf } from './time.ts';

/** What could not be made, and why; the rest was. */
export type TreeFailure = Failure & { readonly path: string };

/** A directory in the making is for the agent alone: what will be in it may be meant for few. Sealing gives it its mode. */
const UNSEALED_MODE = 0o700;

/** Makes directories, parents first; those that exist are kept, and made writable for the agent until they are sealed. */
export async function makeDirectories(
  tree: DirectoryTree,
  into: RootPath,
  directories: readonly { readonly names: readonly string[] }[],
): Promise<TreeFailure[]> {
  return eachOf(into, directories, async (path) => {
    if (path.names.length === 0) return;
    const parent = tree.parentOf(path, 'write', { create: true });
    try {
      const directory = parent.directory.makeChild(parent.name, UNSEALED_MODE);
      try {
        directory.makeWritable();
      } finally {
        directory.close();
      }
    } finally {
      parent.release();
    }
  });
}

/**
 * Makes symbolic links, in the place of other links or files when the policy is `replace`. One that leads out of the copied tree is
 * refused here as it is at the source: what the hub says about it does not count.
 */
export async function makeLinks(
  tree: DirectoryTree,
  into: RootPath,
  links: readonly { readonly names: readonly string[]; readonly target: string }[],
  existing: ExistingPolicy,
): Promise<TreeFailure[]> {
  const touched = new Map<Directory, { readonly parent: HeldParent; readonly made: RootPath[] }>();
  const failures = await eachOf(into, links, async (path, { names, target }) => {
    const objection = linkObjection(names, target);
    if (objection !== undefined) throw new FerryError('PATH_NOT_ALLOWED', `${pathText(path)} is ${objection}.`);
    const parent = tree.parentOf(path, 'write', { create: true });
    try {
      makeLink(parent, target, path, existing);
    } catch (thrown) {
      parent.release();
      throw thrown;
    }
    const known = touched.get(parent.directory);
    known?.made.push(path);
    if (known === undefined) touched.set(parent.directory, { parent, made: [path] });
    else parent.release();
  });
  // One sync for all the links of a directory.
  for (const [directory, { parent, made }] of touched) {
    try {
      await directory.sync();
    } catch (thrown) {
      failures.push(...made.map((path) => failureOf(thrown, path)));
    } finally {
      parent.release();
    }
  }
  return failures;
}

/** Gives directories their mode and mtime, children before parents. An allowed root keeps its own. */
export async function sealDirectories(
  tree: DirectoryTree,
  into: RootPath,
  directories: readonly { readonly names: readonly string[]; readonly mode: number; readonly mtimeNs: string }[],
): Promise<TreeFailure[]> {
  // A parent that is sealed first may let nobody through to its children.
  const deepestFirst = directories.toSorted((a, b) => b.names.length - a.names.length);
  return eachOf(into, deepestFirst, async (path, { mode, mtimeNs }) => {
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
      failures.push(failureOf(thrown, path));
    }
  }
  return failures;
}

function failureOf(thrown: unknown, path: RootPath): TreeFailure {
  const { code, message } = asDestinationError(thrown, pathText(path));
  return { path: pathText(path), code, message };
}

function makeLink({ directory, name }: HeldParent, target: string, path: RootPath, existing: ExistingPolicy): void {
  const final = directory.childPath(name);
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
    const hidden = directory.childPath(PARTIAL_LINK_NAME);
    unlinkIfThere(hidden);
    symlinkSync(target, hidden);
    renameSync(hidden, final);
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
  }
}
