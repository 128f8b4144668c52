import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RootPath } from '@ferryline/engine';
import { AllowedRoots } from './allowed-roots.ts';
import { DirectoryTree } from './directory-tree.ts';

/** A real directory tree with one allowed root, for tests; remove it with `close`. */
export interface TestTree {
  readonly tree: DirectoryTree;
  /** The allowed root. */
  readonly root: string;
  /** Beside the root, not allowed. */
  readonly outside: string;
  /** A path below the root. */
  at(...names: string[]): RootPath;
  close(): void;
}

export async function openTestTree(): Promise<TestTree> {
  const folder = mkdtempSync(join(tmpdir(), 'ferryline-agent-'));
  const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
  mkdirSync(root);
  mkdirSync(outside);
  const roots = await AllowedRoots.open([{ path: root, access: 'rw' }], { stateDir: join(folder, 'state') });
  const tree = new DirectoryTree(roots);
  return {
    tree,
    root,
    outside,
    at: (...names) => ({ root, names }),
    close: () => {
      tree.close();
      rmSync(folder, { recursive: true });
    },
  };
}
