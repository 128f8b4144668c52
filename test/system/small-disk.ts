import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk extends Disposable {
  /** From now on it has so many megabytes. */
  grow(megabytes: number): void;
}

/**
 * A file system of a few megabytes of its own, mounted at a new directory until disposed of. Linux, and mostly root, only.
 *
 * @param files - how many files and directories fit, itself included; by default as many as anybody wants
 */
export function mountSmallDisk(path: string, megabytes: number, files = 100_000): SmallDisk {
  mkdirSync(path);
  const options = `size=${megabytes}m,nr_inodes=${files}`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
  return {
    grow: (to) => void execFileSync('mount', ['-o', `remount,size=${to}m`, path], { stdio: 'pipe' }),
    // Lazily: an agent may still hold a directory of it open.
    [Symbol.dispose]: () => execFileSync('umount', ['--lazy', path], { stdio: 'pipe' }),
  };
}

/** Whether this process may mount: root in a container often may not. */
export function canMountSmallDisk(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'ferryline-mount-'));
  const path = join(folder, 'disk');
  try {
    mountSmallDisk(path, 1)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(path);
    rmdirSync(folder);
  }
}
