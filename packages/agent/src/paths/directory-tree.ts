import { FerryError, isEntryName, type RootPath } from '@ferryline/engine';
import type { AllowedRoots } from './allowed-roots.ts';
import { Directory } from './directory.ts';
import { pathText } from './path-text.ts';

/** Directories kept open after use: files of a run come in walking order, so a few are enough. */
const MAX_IDLE_DIRECTORIES = 64;

/** Directories on the way that nobody described are made like those of any program: open to all, less the umask. */
const NEW_PARENT_MODE = 0o777;

/** A directory borrowed from the tree; give it back with `release`, once. */
export interface HeldDirectory {
  readonly directory: Directory;
  release(): void;
}

/** A place's own directory and its name there. */
export interface HeldParent extends HeldDirectory {
  readonly name: string;
}

/** What for a directory is asked for, and whether those that are missing on the way are made. */
interface Walk {
  readonly need: 'read' | 'write';
  readonly create: boolean;
}

interface Kept {
  readonly key: string;
  readonly directory: Directory;
  users: number;
}

/**
 * The way from an allowed root to a place below it, one held directory after the other, never through a symbolic link. Directories
 * stay open for a while, because twenty thousand small files lie in few of them; each is used again only while it still stands where
 * it was opened.
 */
export class DirectoryTree {
  readonly #roots: AllowedRoots;
  /** In order of last use. */
  readonly #kept = new Map<string, Kept>();

  constructor(roots: AllowedRoots) {
    this.#roots = roots;
  }

  /**
   * The directory in which a path's last name lies.
   *
   * @throws FerryError PATH_NOT_ALLOWED outside the roots, or for a root itself; errno errors from the way there.
   */
  parentOf(path: RootPath, need: 'read' | 'write', { create }: { readonly create: boolean }): HeldParent {
    const name = path.names.at(-1);
    if (name === undefined) {
      this.#roots.find(path, need);
      throw new FerryError('PATH_NOT_ALLOWED', `${path.root} is an allowed root itself: name something inside it.`);
    }
    // The whole path before anything is made of its beginning: its last name is the caller's to use, below a held directory.
    assertNames(path);
    return { ...this.directory({ root: path.root, names: path.names.slice(0, -1) }, need, { create }), name };
  }

  /** A directory itself, made with those above it when asked to. Throws like `parentOf`. */
  directory(path: RootPath, need: 'read' | 'write', { create }: { readonly create: boolean }): HeldDirectory {
    this.#roots.find(path, need);
    assertNames(path);
    return this.#lend(this.#walk(path.root, path.names, { need, create }));
  }

  /** Closes the directories that nobody uses. */
  forget(): void {
    for (const kept of [...this.#kept.values()]) if (kept.users === 0) this.#drop(kept);
  }

  /** Closes every directory. */
  close(): void {
    for (const kept of [...this.#kept.values()]) this.#drop(kept);
  }

  #walk(root: string, names: readonly string[], how: Walk): Kept {
    const key = [root, ...names].join('\0');
    const name = names.at(-1);
    if (name === undefined) {
      const known = this.#kept.get(key);
      if (known?.directory.isAt(root)) return known;
      if (known !== undefined) this.#drop(known);
      const directory = Directory.openRoot(root);
      try {
        this.#roots.assertSameDisk(root, directory.device, how.need);
      } catch (thrown) {
        directory.close();
        throw thrown;
      }
      return this.#keep(key, directory);
    }
    const parent = this.#walk(root, names.slice(0, -1), how);
    // Looked up only now: keeping the parent may have pushed this one out.
    const known = this.#kept.get(key);
    // A kept directory may have been removed, or moved elsewhere, and another one made in its place.
    if (known?.directory.isAt(parent.directory.childPath(name))) return known;
    if (known !== undefined) this.#drop(known);
    // Held while its child is opened: keeping the child may push the parent out.
    parent.users += 1;
    try {
      return this.#keep(
        key,
        how.create ? parent.directory.makeChild(name, NEW_PARENT_MODE) : parent.directory.openChild(name),
      );
    } finally {
      parent.users -= 1;
    }
  }

  #lend(kept: Kept): HeldDirectory {
    kept.users += 1;
    this.#kept.delete(kept.key);
    this.#kept.set(kept.key, kept);
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      kept.users -= 1;
      if (kept.users === 0 && this.#kept.get(kept.key) !== kept) kept.directory.close();
    };
    return { directory: kept.directory, release };
  }

  #keep(key: string, directory: Directory): Kept {
    const kept = { key, directory, users: 0 };
    this.#kept.set(key, kept);
    for (const idle of this.#kept.values()) {
      if (this.#kept.size <= MAX_IDLE_DIRECTORIES) break;
      if (idle.users === 0 && idle !== kept) this.#drop(idle);
    }
    return kept;
  }

  /** Forgets a directory; it is closed now, or when its last user gives it back. */
  #drop(kept: Kept): void {
    this.#kept.delete(kept.key);
    if (kept.users === 0) kept.directory.close();
  }
}

function assertNames(path: RootPath): void {
  if (path.names.every(isEntryName)) return;
  throw new FerryError('PATH_NOT_ALLOWED', `${pathText(path)} is not a path below ${path.root}.`);
}
