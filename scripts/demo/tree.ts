import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** One thing in a tree, as far as a copy must keep it. */
export type TreeItem =
  | { readonly kind: 'file'; readonly mode: number; readonly sizeBytes: number; readonly sha256: string }
  | { readonly kind: 'directory'; readonly mode: number }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'other'; readonly what: string };

/**
 * A tree by relative path. Paths are bytes on Linux, so the keys are those bytes as Latin-1: no two of them fall together, as they
 * would where they are no UTF-8. `pathText` makes one readable.
 */
export type Tree = ReadonlyMap<string, TreeItem>;

/** Files that are hashed at a time. */
const HASHERS = 8;

export function pathText(key: string): string {
  return Buffer.from(key, 'latin1').toString('utf8');
}

/** Everything below a folder, the folder itself as the empty path, with the SHA-256 of every file as it is on disk. */
export async function readTree(root: string): Promise<Tree> {
  const tree = new Map<string, TreeItem>();
  const files: { readonly key: string; readonly path: Buffer }[] = [];
  const pending = [{ key: '', path: Buffer.from(root) }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { key, path } = next;
    const stat = await lstat(path);
    const mode = stat.mode & 0o777;
    if (stat.isDirectory()) {
      tree.set(key, { kind: 'directory', mode });
      for (const name of await readdir(path, { encoding: 'buffer' })) {
        const child = Buffer.concat([path, Buffer.from('/'), name]);
        pending.push({ key: `${key === '' ? '' : `${key}/`}${name.toString('latin1')}`, path: child });
      }
    } else if (stat.isSymbolicLink()) {
      tree.set(key, { kind: 'symlink', target: (await readlink(path, { encoding: 'buffer' })).toString('latin1') });
    } else if (stat.isFile()) {
      files.push({ key, path });
    } else {
      tree.set(key, { kind: 'other', what: 'a device, socket or pipe' });
    }
  }
  await Promise.all(Array.from({ length: HASHERS }, () => hashAll(files, tree)));
  return tree;
}

async function hashAll(
  files: { readonly key: string; readonly path: Buffer }[],
  tree: Map<string, TreeItem>,
): Promise<void> {
  for (let next = files.pop(); next !== undefined; next = files.pop()) {
    const { mode, size: sizeBytes } = await lstat(next.path);
    const hash = createHash('sha256');
    await pipeline(createReadStream(next.path), hash);
    tree.set(next.key, { kind: 'file', mode: mode & 0o777, sizeBytes, sha256: hash.digest('hex') });
  }
}
