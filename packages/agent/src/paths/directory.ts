import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsync,
  fsyncSync,
  futimesSync,
  lstat,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from './file-system-error.ts';
import { SharedSync } from './shared-sync.ts';

const fsyncAsync = promisify(fsync);
// Looking a name up waits for a directory that is being synced: on the thread pool.
const lstatAsync = promisify(lstat);

const OPEN_DIRECTORY = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0);
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
/**
 * A directory held open. On Linux its children are addressed through the held handle (`/proc/self/fd/<n>/<name>`), so that a parent
 * swapped for a symbolic link in between cannot redirect anything (FAULTS.md, facts). Elsewhere children are addressed by path,
 * which is weaker: a local user who may write above the root could redirect the agent.
 *
 * Opening, making and closing directories is done synchronously: each takes a few microseconds, a trip to the thread pool thirty.
 */
export class Directory {
  readonly #fd: number;
  readonly #base: string;
  readonly #isRoot: boolean;
  readonly #sync: SharedSync;
  #identity: Stats | undefined;
  #isClosed = false;

  private constructor(fd: number, path: string, isRoot: boolean) {
    this.#fd = fd;
    this.#isRoot = isRoot;
    this.#sync = new SharedSync(() => fsyncAsync(fd));
    this.#base = process.platform === 'linux' ? `/proc/self/fd/${fd}` : path;
  }

  /** Opens a root: the one place where a path is followed as written, because the administrator wrote it. */
  static openRoot(path: string): Directory {
    return new Directory(openSync(path, OPEN_DIRECTORY), path, true);
  }

  /** @throws the errno error: ENOENT, ENOTDIR, ELOOP for a symbolic link. */
  openChild(name: string): Directory {
    const path = this.childPath(name);
    try {
      return new Directory(openSync(path, OPEN_DIRECTORY | NO_FOLLOW), path, false);
    } catch (cause) {
      // O_DIRECTORY with O_NOFOLLOW calls a symbolic link ENOTDIR; it is worth its own word.
      if (errnoOf(cause) === 'ENOTDIR' && isSymbolicLink(path)) throw symbolicLinkError(cause);
      throw cause;
    }
  }

  /** Opens a child directory, made with that mode (less the umask) when there is none; a new one survives a crash when this returns. */
  makeChild(name: string, mode: number): Directory {
    try {
      mkdirSync(this.childPath(name), { mode });
      fsyncSync(this.#fd);
    } catch (cause) {
      if (errnoOf(cause) !== 'EEXIST') throw cause;
    }
    return this.openChild(name);
  }

  /** What to hand to the file system for a child of this directory; valid while it is open. */
  childPath(name: string): string {
    // The number of a closed handle may be another directory's by now.
    if (this.#isClosed) throw new Error('a closed directory is not addressed any more');
    return join(this.#base, name);
  }

  /** What stands at a name in this directory, itself and not what it points to; undefined when nothing does. */
  async lookAt(name: string): Promise<Stats | undefined> {
    try {
      return await lstatAsync(this.childPath(name));
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  /** What to hand to the file system for this directory itself; valid while it is open. */
  get path(): string {
    return `${this.#base}/.`;
  }

  /** The file system that it lies on, by its number. */
  get device(): number {
    return this.#own.dev;
  }

  /** Whether this very directory stands at a path now. */
  isAt(path: string): boolean {
    const stats = (this.#isRoot ? statSync : lstatSync)(path, { throwIfNoEntry: false });
    const own = this.#own;
    return stats !== undefined && stats.ino === own.ino && stats.dev === own.dev;
  }

  /** Sets permission bits and modification time (seconds since 1970 in digits, with a fraction). */
  setModeAndTime(mode: number, mtimeSeconds: string): void {
    // The time first: a directory without write permission for its owner takes no time any more on some file systems.
    futimesSync(this.#fd, mtimeSeconds, mtimeSeconds);
    fchmodSync(this.#fd, mode);
  }

  /** Gives the owner every right, where one is missing: an earlier copy may have sealed the directory read-only. */
  makeWritable(): void {
    const mode = fstatSync(this.#fd).mode & 0o777;
    if ((mode & 0o700) !== 0o700) fchmodSync(this.#fd, mode | 0o700);
  }

  /** Makes the directory's entries survive a crash. Callers share. */
  sync(): Promise<void> {
    return this.#sync.run();
  }

  get #own(): Stats {
    this.#identity ??= fstatSync(this.#fd);
    return this.#identity;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#fd);
  }
}

function isSymbolicLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function symbolicLinkError(cause: unknown): Error {
  return Object.assign(new Error('a symbolic link is not followed', { cause }), { code: 'ELOOP' });
}
