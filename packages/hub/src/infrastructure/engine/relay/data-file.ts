import { close, constants, fdatasync, fstat, ftruncate, open, read, writev } from 'node:fs';
import { promisify } from 'node:util';
import type { FerryError } from '../../../domain/common/errors.ts';
import { diskFull, diskRefused, errnoOf, isFull } from './disk-error.ts';

const openAsync = promisify(open);
const fstatAsync = promisify(fstat);
const readAsync = promisify(read);
const writevAsync = promisify(writev);
const ftruncateAsync = promisify(ftruncate);
const fdatasyncAsync = promisify(fdatasync);

const FLAGS = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);
/** What agents move is for nobody else on the hub's machine. */
const MODE = 0o600;

/** Frames that were appended, and are on stable storage. */
export interface Appended {
  /** Where the first of them begins, in bytes. */
  readonly offset: number;
  /** How much longer the file is, in bytes. */
  readonly grownBytes: number;
  /** The file was empty or not there: its directory is to be synced as well. */
  readonly wasMade: boolean;
}

/**
 * The data file of one attempt: frames, one after the other, appended and never changed. An error of a write or a sync is final for
 * it (FAULTS.md P12): nothing is appended or synced any more; what was synced before can still be read. A write that finds the disk
 * full is no such error: nothing of it is lost that was promised, and the file is cut back to where it ended.
 */
export class DataFile {
  readonly #path: string;
  #fd: Promise<number> | undefined;
  #users = 0;
  #isClosing = false;
  #failure: FerryError | undefined;
  #mayExist = false;

  constructor(path: string) {
    this.#path = path;
  }

  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** Whether this has tried to make the file, or to add to it. */
  get mayExist(): boolean {
    return this.#mayExist;
  }

  /** Why nothing is appended any more. */
  get failure(): FerryError | undefined {
    return this.#failure;
  }

  /**
   * Appends frames behind the end of the file, and behind what is claimed of it, and makes them survive a crash. One call at a time.
   *
   * @throws FerryError NO_SPACE when the disk is full; INTERNAL when it refuses.
   */
  async append(frames: readonly Buffer[], claimedBytes: number): Promise<Appended> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#mayExist = true;
    try {
      return await this.#using(constants.O_CREAT, (fd) => this.#append(fd, frames, claimedBytes));
    } catch (thrown) {
      throw this.#failure ?? (isFull(thrown) ? diskFull(thrown) : diskRefused(`open ${this.#path}`, thrown));
    }
  }

  /**
   * Reads bytes at an offset; fewer where the file ends.
   *
   * @throws the error of the file system.
   */
  read(offset: number, length: number): Promise<Buffer> {
    return this.#using(0, async (fd) => {
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await readAsync(fd, bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    });
  }

  /** From now on nothing is appended; returns what whoever tries is told. */
  giveUp(cause: unknown): FerryError {
    this.#failure ??= diskRefused(`add to ${this.#path} any more`, cause);
    return this.#failure;
  }

  /** Lets go of the file as soon as nobody uses it; whoever uses it later opens it again. */
  close(): void {
    this.#isClosing = true;
    this.closeIfIdle();
  }

  /** Lets go of the file, unless somebody uses it. */
  closeIfIdle(): void {
    if (this.#users > 0) return;
    const fd = this.#fd;
    this.#fd = undefined;
    // In the thread pool: the last one to let go of a removed file frees its blocks. All that was promised of it was synced before.
    fd?.then((number) => close(number, () => undefined));
  }

  async #append(fd: number, frames: readonly Buffer[], claimedBytes: number): Promise<Appended> {
    const { size, nlink } = await fstatAsync(fd);
    // Somebody removed it: what is added to it would end with this process.
    if (nlink === 0) throw this.giveUp(new Error('it was removed'));
    const offset = Math.max(size, claimedBytes);
    try {
      const end = await writeAll(fd, frames, offset);
      await fdatasyncAsync(fd).catch((cause: unknown) => {
        throw this.giveUp(cause);
      });
      return { offset, grownBytes: end - size, wasMade: size === 0 };
    } catch (thrown) {
      if (!isFull(thrown)) throw this.giveUp(thrown);
      await ftruncateAsync(fd, size).catch((cause: unknown) => this.giveUp(cause));
      throw thrown;
    }
  }

  async #using<T>(flags: number, work: (fd: number) => Promise<T>): Promise<T> {
    this.#users += 1;
    this.#isClosing = false;
    try {
      return await work(await this.#open(flags));
    } finally {
      this.#users -= 1;
      if (this.#isClosing) this.closeIfIdle();
    }
  }

  async #open(flags: number): Promise<number> {
    try {
      this.#fd ??= this.#openAnew(flags);
      return await this.#fd;
    } catch (thrown) {
      // Whoever reads may have found no file, and somebody who makes one waited for the same answer.
      if (flags === 0 || errnoOf(thrown) !== 'ENOENT') throw thrown;
      this.#fd ??= this.#openAnew(flags);
      return await this.#fd;
    }
  }

  #openAnew(flags: number): Promise<number> {
    const opening = openAsync(this.#path, FLAGS | flags, MODE);
    opening.catch(() => {
      this.#fd = undefined;
    });
    return opening;
  }
}

/** Writes all of it from an offset on; returns where it ends. */
async function writeAll(fd: number, frames: readonly Buffer[], offset: number): Promise<number> {
  let position = offset;
  let rest = [...frames];
  while (rest.length > 0) {
    let { bytesWritten } = await writevAsync(fd, rest, position);
    position += bytesWritten;
    rest = rest.flatMap((bytes) => {
      const done = Math.min(bytesWritten, bytes.length);
      bytesWritten -= done;
      return done < bytes.length ? [bytes.subarray(done)] : [];
    });
  }
  return position;
}
