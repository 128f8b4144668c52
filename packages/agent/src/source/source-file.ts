import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { FerryError, type FileIdentity, type RootPath } from '@ferryline/engine';
import type { DirectoryTree, HeldParent } from '../paths/directory-tree.ts';
import { asSourceError } from '../paths/file-system-error.ts';
import { pathText } from '../paths/path-text.ts';
import { differenceOf, identityOf } from './identity.ts';
import { readInTries } from './read-tries.ts';

const readAsync = promisify(read);

/** A symbolic link is refused, and a FIFO put in the file's place does not block. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Up to here reading in place costs less than a trip to the thread pool. */
const READ_IN_PLACE_BYTES = 64 * 1024;

/** The file that a plan named, held open: it is the very same from `open` to `confirmUnchanged`, or an error (FAULTS.md P8). */
export class SourceFile {
  readonly #fd: number;
  readonly #path: RootPath;
  readonly #expected: FileIdentity;
  readonly #parent: HeldParent;
  readonly #closing = new AbortController();
  #readsUnderWay = 0;

  private constructor(fd: number, path: RootPath, expected: FileIdentity, parent: HeldParent) {
    this.#fd = fd;
    this.#path = path;
    this.#expected = expected;
    this.#parent = parent;
  }

  /** @throws FerryError SOURCE_CHANGED when the file is not the expected one; SOURCE_NOT_FOUND, SOURCE_UNREADABLE, PATH_NOT_ALLOWED. */
  static async open(tree: DirectoryTree, path: RootPath, expected: FileIdentity): Promise<SourceFile> {
    let parent: HeldParent | undefined;
    let fd: number | undefined;
    try {
      parent = tree.parentOf(path, 'read', { create: false });
      fd = openSync(parent.directory.childPath(parent.name), OPEN_FLAGS);
      assertSame(path, expected, fstatSync(fd, { bigint: true }));
      return new SourceFile(fd, path, expected, parent);
    } catch (thrown) {
      if (fd !== undefined) closeSync(fd);
      parent?.release();
      throw asSourceError(thrown, pathText(path));
    }
  }

  /**
   * Fills `target` from a position in the file.
   *
   * @throws FerryError SOURCE_CHANGED when the file ends before; SOURCE_UNREADABLE when the disk reports an error, also when it is
   *   asked again.
   */
  async read(target: Buffer, position: number): Promise<void> {
    this.#assertOpen();
    this.#readsUnderWay += 1;
    try {
      await readInTries(() => this.#fill(target, position), this.#closing.signal);
      // In good time: who has read a hundred GiB would rather know before. It proves nothing yet.
      if (target.length > READ_IN_PLACE_BYTES)
        assertSame(this.#path, this.#expected, fstatSync(this.#fd, { bigint: true }));
    } catch (thrown) {
      throw asSourceError(thrown, pathText(this.#path));
    } finally {
      this.#readsUnderWay -= 1;
      if (this.#isClosed) this.#release();
    }
  }

  async #fill(target: Buffer, position: number): Promise<void> {
    // It may have been closed since the last try.
    this.#assertOpen();
    let filled = 0;
    while (filled < target.length) {
      const [length, at] = [target.length - filled, position + filled];
      const bytes =
        target.length <= READ_IN_PLACE_BYTES
          ? readSync(this.#fd, target, filled, length, at)
          : (await readAsync(this.#fd, target, filled, length, at)).bytesRead;
      if (bytes === 0) throw changed(this.#path, 'it is shorter than it was');
      filled += bytes;
    }
  }

  /** Proves that the held file, and what its path shows, are still the expected file. @throws FerryError SOURCE_CHANGED. */
  async confirmUnchanged(): Promise<void> {
    this.#assertOpen();
    try {
      assertSame(this.#path, this.#expected, fstatSync(this.#fd, { bigint: true }));
      const { directory, name } = this.#parent;
      const stats = lstatSync(directory.childPath(name), { bigint: true, throwIfNoEntry: false });
      if (stats === undefined) throw changed(this.#path, 'it was removed');
      assertSame(this.#path, this.#expected, stats);
    } catch (thrown) {
      throw asSourceError(thrown, pathText(this.#path));
    }
  }

  /** Closes the file, after reads that are still under way; may be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#closing.abort();
    this.#release();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new FerryError('CANCELLED', `${pathText(this.#path)} is not being sent any more.`);
  }

  #release(): void {
    // A number that is closed under a read may belong to another file a moment later.
    if (this.#readsUnderWay > 0) return;
    closeSync(this.#fd);
    this.#parent.release();
  }
}

function assertSame(path: RootPath, expected: FileIdentity, stats: BigIntStats): void {
  if (!stats.isFile()) throw changed(path, 'it is no regular file any more');
  const difference = differenceOf(expected, identityOf(stats));
  if (difference !== undefined) throw changed(path, difference);
}

function changed(path: RootPath, how: string): FerryError {
  return new FerryError(
    'SOURCE_CHANGED',
    `${pathText(path)} changed while it was being copied: ${how}. Copy it again when nothing writes to it.`,
  );
}
