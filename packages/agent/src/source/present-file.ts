import { lstatSync } from 'node:fs';
import type { PresentFile, RootPath } from '@ferryline/engine';
import type { DirectoryTree, HeldParent } from '../paths/directory-tree.ts';
import { identityOf } from './identity.ts';
import { modeAndTime } from './mode-and-time.ts';

/** What stands at a path now, for a new plan; undefined when that is no regular file, or cannot be told. Opens and follows nothing. */
export function presentFile(tree: DirectoryTree, path: RootPath): PresentFile | undefined {
  let parent: HeldParent | undefined;
  try {
    parent = tree.parentOf(path, 'read', { create: false });
    const stats = lstatSync(parent.directory.childPath(parent.name), { bigint: true });
    return stats.isFile() ? { ...modeAndTime(stats), identity: identityOf(stats) } : undefined;
  } catch {
    return undefined;
  } finally {
    parent?.release();
  }
}
