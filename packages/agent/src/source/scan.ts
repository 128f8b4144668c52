import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type DirectoryEntry,
  type Entry,
  FerryError,
  isEntryName,
  MAX_PATH_DEPTH,
  type RootPath,
  type Skipped,
  type TreeSelection,
} from '@ferryline/engine';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { asSourceError, errnoOf } from '../paths/file-system-error.ts';
import { linkObjection } from '../paths/link-target.ts';
import { isPartialName } from '../paths/partial-name.ts';
import { pathText } from '../paths/path-text.ts';
import { identityOf } from './identity.ts';
import { modeAndTime } from './mode-and-time.ts';

export type ScanItem = { readonly found: Entry } | { readonly skipped: Skipped };

/** The event loop gets its turn after so many entries: a heartbeat must not wait for a large directory. */
const ENTRIES_PER_TURN = 256;
/** The longest reason that the protocol carries: a longer one, with the target of a link in it, would end the session. */
const MAX_REASON_CHARACTERS = 1024;

/**
 * Walks what is at a path: a directory before what is in it, names in byte order. Nothing is opened but directories, so that a FIFO
 * never blocks; what cannot travel is `skipped`, with the reason. What the selection does not mean is passed over in silence; a
 * directory that is only on the way to something is announced when that is found. Memory grows with the depth of the tree and the length of the
 * directories on the way, not with the tree.
 *
 * @throws FerryError SOURCE_NOT_FOUND, SOURCE_UNREADABLE or PATH_NOT_ALLOWED when the path itself cannot be scanned.
 */
export async function* scan(
  tree: DirectoryTree,
  path: RootPath,
  selection: TreeSelection,
  signal: AbortSignal,
): AsyncGenerator<ScanItem> {
  const top = statTop(tree, path);
  if (top.isSymbolicLink()) {
    throw new FerryError(
      'PATH_NOT_ALLOWED',
      `${pathText(path)} is a symbolic link, which is not followed. Name what it points to.`,
    );
  }
  if (top.isFile()) {
    yield { found: { kind: 'file', names: [], ...modeAndTime(top), identity: identityOf(top) } };
    return;
  }
  if (!top.isDirectory()) {
    throw new FerryError(
      'SOURCE_UNREADABLE',
      `${pathText(path)} is ${kindOf(top)}: only files and directories can be copied.`,
    );
  }
  // The top is read before it is announced: one that cannot be read fails the run, one further down is skipped.
  const names = readTop(tree, path);
  yield { found: { kind: 'directory', names: [], ...modeAndTime(top) } };
  yield* new Walk(tree, path, selection, signal).children([], names);
}

class Walk {
  readonly #tree: DirectoryTree;
  readonly #top: RootPath;
  readonly #selection: TreeSelection;
  readonly #signal: AbortSignal;
  /** Directories that are entered and not announced: nothing in them was found so far. Parents first. */
  readonly #unannounced: DirectoryEntry[] = [];
  #entries = 0;

  constructor(tree: DirectoryTree, top: RootPath, selection: TreeSelection, signal: AbortSignal) {
    this.#tree = tree;
    this.#top = top;
    this.#selection = selection;
    this.#signal = signal;
  }

  /** What is in a directory: `names` are those on the way to it, `children` what `readNames` gave. */
  async *children(names: readonly string[], children: readonly Buffer[]): AsyncGenerator<ScanItem> {
    for (const child of children) {
      this.#entries += 1;
      if (this.#entries % ENTRIES_PER_TURN === 0) await nextTurn();
      if (this.#signal.aborted) return;
      const name = child.toString();
      if (!Buffer.from(name).equals(child) || !isEntryName(name)) {
        yield skip([...names, name], 'its name is not valid UTF-8');
      } else if (!isPartialName(name)) {
        yield* this.#entry([...names, name]);
      }
    }
  }

  async *#entry(names: string[]): AsyncGenerator<ScanItem> {
    if (this.#top.names.length + names.length > MAX_PATH_DEPTH) {
      yield skip(names, `it lies deeper than ${MAX_PATH_DEPTH} directories`);
      return;
    }
    let children: readonly Buffer[];
    let stats: BigIntStats;
    try {
      const entry = this.#look(names);
      if ('item' in entry) {
        if (!this.#selection.selects(names, 'file')) return;
        yield* this.#announce();
        yield entry.item;
        return;
      }
      if (!this.#selection.enters(names)) return;
      stats = entry.directory;
      children = readNames(this.#tree, this.#below(names));
    } catch (thrown) {
      // Removed between listing and looking: as if it had never been there.
      if (errnoOf(thrown) === 'ENOENT') return;
      yield skip(names, asSourceError(thrown, 'it').message);
      return;
    }
    const found: DirectoryEntry = { kind: 'directory', names, ...modeAndTime(stats) };
    this.#unannounced.push(found);
    if (this.#selection.selects(names, 'directory')) yield* this.#announce();
    yield* this.children(names, children);
    if (this.#unannounced.at(-1) === found) this.#unannounced.pop();
  }

  *#announce(): Generator<ScanItem> {
    for (const found of this.#unannounced.splice(0)) yield { found };
  }

  /** What an entry is: an item for the list, or a directory to go into. */
  #look(names: string[]): { readonly item: ScanItem } | { readonly directory: BigIntStats } {
    const parent = this.#tree.parentOf(this.#below(names), 'read', { create: false });
    try {
      const path = parent.directory.childPath(parent.name);
      const stats = lstatSync(path, { bigint: true });
      if (stats.isDirectory()) return { directory: stats };
      if (stats.isFile())
        return { item: { found: { kind: 'file', names, ...modeAndTime(stats), identity: identityOf(stats) } } };
      if (!stats.isSymbolicLink()) return { item: skip(names, `it is ${kindOf(stats)}`) };
      return { item: lookAtLink(names, readlinkSync(path, { encoding: 'buffer' })) };
    } finally {
      parent.release();
    }
  }

  #below(names: readonly string[]): RootPath {
    return { root: this.#top.root, names: [...this.#top.names, ...names] };
  }
}

function lookAtLink(names: string[], bytes: Buffer): ScanItem {
  const target = bytes.toString();
  if (!Buffer.from(target).equals(bytes)) return skip(names, 'it is a symbolic link whose target is not valid UTF-8');
  const objection = linkObjection(names, target);
  return objection === undefined ? { found: { kind: 'symlink', names, target } } : skip(names, `it is ${objection}`);
}

function statTop(tree: DirectoryTree, path: RootPath): BigIntStats {
  try {
    if (path.names.length === 0) {
      const held = tree.directory(path, 'read', { create: false });
      try {
        return lstatSync(held.directory.path, { bigint: true });
      } finally {
        held.release();
      }
    }
    const parent = tree.parentOf(path, 'read', { create: false });
    try {
      return lstatSync(parent.directory.childPath(parent.name), { bigint: true });
    } finally {
      parent.release();
    }
  } catch (thrown) {
    throw asSourceError(thrown, pathText(path));
  }
}

/** Names as bytes, in byte order. Throws the errno error. */
function readNames(tree: DirectoryTree, path: RootPath): readonly Buffer[] {
  const held = tree.directory(path, 'read', { create: false });
  try {
    return readdirSync(held.directory.path, { encoding: 'buffer' }).sort(Buffer.compare);
  } finally {
    held.release();
  }
}

function readTop(tree: DirectoryTree, path: RootPath): readonly Buffer[] {
  try {
    return readNames(tree, path);
  } catch (thrown) {
    throw asSourceError(thrown, pathText(path));
  }
}

function skip(names: readonly string[], reason: string): ScanItem {
  const isTooLong = reason.length > MAX_REASON_CHARACTERS;
  return {
    skipped: { path: names.join('/'), reason: isTooLong ? `${reason.slice(0, MAX_REASON_CHARACTERS - 1)}…` : reason },
  };
}

function kindOf(stats: BigIntStats): string {
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return 'a device';
  return 'no regular file';
}
