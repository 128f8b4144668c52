import { lstatSync, type Stats, unlinkSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import type { RootPath, TransferRef } from '@ferryline/engine';
import type { Logger } from 'pino';
import type { Directory } from '../paths/directory.ts';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { partialOf } from '../paths/partial-name.ts';
import { pathText } from '../paths/path-text.ts';

/** That of a file in the making, until it is complete. */
const PARTIAL_MODE = 0o600;
/** Beyond this many the oldest are forgotten: each costs some hundred bytes. */
const MAX_DIRECTORIES = 10_000;

/** Which partial files the journal knows, and until when one that it does not know was left alone (milliseconds since 1970). */
export interface OrphanRule {
  readonly isKnown: (ref: TransferRef) => boolean;
  readonly untilMs: number;
}

/**
 * Partial files that no journal knows: the state directory was lost, or the record of their making in a power cut. They are looked for
 * where this life of the agent writes, each directory once after it was written into. What could be anybody else's stays
 * (`isOrphan`), and so does what may have been about to be published: a partial file that is gone says that it was.
 */
export class OrphanSweep {
  readonly #tree: DirectoryTree;
  readonly #logger: Logger;
  readonly #directories = new Map<string, RootPath>();

  constructor(tree: DirectoryTree, logger: Logger) {
    this.#tree = tree;
    this.#logger = logger;
  }

  /** A partial file is made, or was found, beside this path. */
  note({ root, names }: RootPath): void {
    const directory = { root, names: names.slice(0, -1) };
    const key = [root, ...directory.names].join('\0');
    this.#directories.delete(key);
    this.#directories.set(key, directory);
    const [oldest] = this.#directories.keys();
    if (oldest !== undefined && this.#directories.size > MAX_DIRECTORIES) this.#directories.delete(oldest);
  }

  /** Removes what nobody has touched for long enough; a directory that has something younger is looked at again. Never rejects. */
  async sweep(rule: OrphanRule): Promise<void> {
    for (const [key, path] of [...this.#directories]) {
      try {
        const isDone = await this.#sweepDirectory(path, rule);
        if (isDone) this.#directories.delete(key);
      } catch (cause) {
        // Removed, or not ours to look into any more.
        this.#directories.delete(key);
        this.#logger.debug({ path: pathText(path), cause }, 'no leftovers could be looked for');
      }
    }
  }

  async #sweepDirectory(path: RootPath, { isKnown, untilMs }: OrphanRule): Promise<boolean> {
    const held = this.#tree.directory(path, 'write', { create: false });
    let isDone = true;
    try {
      for await (const { name } of await opendir(held.directory.path)) {
        const ref = partialOf(name);
        if (ref === undefined || isKnown(ref)) continue;
        // In one turn with the question whether it is known: whoever makes one of that name has recorded that before.
        const age = removeOrphan(held.directory, name, untilMs);
        if (age === 'removed') this.#logger.info({ path: `${pathText(path)}/${name}` }, 'a leftover was removed');
        if (age === 'young') isDone = false;
      }
    } finally {
      held.release();
    }
    return isDone;
  }
}

function removeOrphan(directory: Directory, name: string, untilMs: number): 'removed' | 'young' | 'foreign' {
  const path = directory.childPath(name);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !isOrphan(stats)) return 'foreign';
  if (Math.max(stats.mtimeMs, stats.ctimeMs) >= untilMs) return 'young';
  unlinkSync(path);
  return 'removed';
}

/**
 * A regular file of this account with the mode of a partial file, under no other name, and not complete: that would have got the time
 * of its source, from before it was made. Where a file system does not say when a file was made, none is.
 */
function isOrphan(stats: Stats): boolean {
  const isOurs = process.getuid === undefined || stats.uid === process.getuid();
  const isInTheMaking = (stats.mode & 0o7777) === PARTIAL_MODE && stats.mtimeMs >= stats.birthtimeMs;
  return stats.isFile() && stats.nlink === 1 && isOurs && isInTheMaking && stats.birthtimeMs > 0;
}
