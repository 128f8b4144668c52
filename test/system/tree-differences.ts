import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Times are set to a microsecond, and are a double on the way: a copy may be so much off. */
const TIME_TOLERANCE_NS = 2_000n;
const READ_BYTES = 256 * 1024;

/** Something below a directory. */
interface Found {
  /** Kind, permission bits, and content. */
  readonly what: string;
  /** Undefined for a link, whose time nobody sets. */
  readonly mtimeNs: bigint | undefined;
}

/**
 * What is not alike in a directory and its copy: kinds, names, permission bits, times, contents. A line for each thing as it is in the
 * first (`-`) or in the second one (`+`); the directories themselves are `""`.
 */
export async function treeDifferences(original: string, copy: string): Promise<readonly string[]> {
  const [before, after] = [await everythingBelow(original), await everythingBelow(copy)];
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const [one, other] = [before.get(name), after.get(name)];
    if (one !== undefined && other !== undefined && isAlike(one, other)) return [];
    return [...lineOf('-', name, one), ...lineOf('+', name, other)];
  });
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path);
  // One buffer for all of it: files of some GiB are hashed, and a stream takes a new one for each 64 KiB.
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
  }
}

async function everythingBelow(directory: string): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  const visit = async (names: readonly string[]): Promise<void> => {
    const path = join(directory, ...names);
    const stats = await lstat(path, { bigint: true });
    found.set(names.join('/'), {
      what: await whatIs(path, stats),
      mtimeNs: stats.isSymbolicLink() ? undefined : stats.mtimeNs,
    });
    if (stats.isDirectory()) for (const child of await readdir(path)) await visit([...names, child]);
  };
  await visit([]);
  return found;
}

async function whatIs(path: string, stats: BigIntStats): Promise<string> {
  const mode = (stats.mode & 0o777n).toString(8);
  if (stats.isSymbolicLink()) return `link to ${await readlink(path)}`;
  if (stats.isFile()) return `file ${mode} ${await sha256(path)}`;
  return stats.isDirectory() ? `directory ${mode}` : 'special';
}

function isAlike(one: Found, other: Found): boolean {
  const differenceNs = (one.mtimeNs ?? 0n) - (other.mtimeNs ?? 0n);
  return one.what === other.what && differenceNs < TIME_TOLERANCE_NS && differenceNs > -TIME_TOLERANCE_NS;
}

function lineOf(side: string, name: string, found: Found | undefined): readonly string[] {
  return found === undefined ? [] : [`${side} ${JSON.stringify(name)} ${found.what} ${found.mtimeNs ?? ''}`.trimEnd()];
}
