import {
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  futimesSync,
  link,
  open,
  read,
  rename,
  unlink,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { type ExistingPolicy, FerryError, type RootPath } from '@ferryline/engine';
import type { DirectoryTree, HeldParent } from '../paths/directory-tree.ts';
import { asDestinationError, errnoOf } from '../paths/file-system-error.ts';
import { partialName } from '../paths/partial-name.ts';
import { pathText } from '../paths/path-text.ts';
import { assertRoom, assertRoomForRest, isRoomLacking } from './free-space.ts';
import { isInPlace, openLeftPartial } from './left-partial.ts';
import { type PublishedFile, publishedFileOf } from './published-file.ts';
import { secondsOf } from './time.ts';

// What waits for the file system's journal, or for a directory that does, goes to the thread pool: creating, renaming and looking up
// a name take 200 µs while syncs are under way.
const openAsync = promisify(open);
const renameAsync = promisify(rename);
const linkAsync = promisify(link);
const unlinkAsync = promisify(unlink);
const readAsync = promisify(read);
const writeAsync = promisify(write);
const fsyncAsync = promisify(fsync);
const fdatasyncAsync = promisify(fdatasync);

const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
/** Nobody but the agent's user sees a file in the making. */
const PARTIAL_MODE = 0o600;
/** Up to here writing in place, into the page cache, costs less than a trip to the thread pool. */
const WRITE_IN_PLACE_BYTES = 64 * 1024;

/** What a partial file is to become. */
export interface PartialPlan {
  readonly transfer: number;
  readonly attempt: number;
  readonly path: RootPath;
  readonly size: number;
  readonly mode: number;
  readonly mtimeNs: string;
  readonly existing: ExistingPolicy;
}

/**
 * A file that grows hidden, beside the place where it will stand. Its path shows nothing of it before `publish`, and all of it after
 * (DESIGN.md promise 1). Any error of a write, sync, close or rename is final for it (FAULTS.md P12): it is removed, and never synced a
 * second time to see whether it works now. Only a write that finds no room takes nothing away: what was synced before it is held.
 */
export class PartialFile {
  readonly #plan: PartialPlan;
  readonly #parent: HeldParent;
  readonly #name: string;
  #fd: number | undefined;
  /** What uses `#fd`. A number that is closed under a write may belong to another file a moment later, and take its bytes. */
  readonly #underWay = new Set<Promise<unknown>>();
  #isPublishing = false;
  #isPublished = false;
  #discarding: Promise<void> | undefined;
  #failure: FerryError | undefined;

  private constructor(plan: PartialPlan, parent: HeldParent, name: string, fd: number) {
    this.#plan = plan;
    this.#parent = parent;
    this.#name = name;
    this.#fd = fd;
  }

  /**
   * Makes the partial file, and the directories above it where they are missing.
   *
   * @throws FerryError DESTINATION_EXISTS when a directory stands at the path, or anything does and the policy is `fail`; NO_SPACE when
   *   the file cannot fit; DESTINATION_UNWRITABLE; PATH_NOT_ALLOWED.
   */
  static async create(tree: DirectoryTree, plan: PartialPlan): Promise<PartialFile> {
    let parent: HeldParent | undefined;
    try {
      parent = tree.parentOf(plan.path, 'write', { create: true });
      await assertFree(parent, plan);
      assertRoom(parent.directory, plan.size, pathText(plan.path));
      const name = partialName(plan.transfer, plan.attempt);
      return new PartialFile(plan, parent, name, await createAnew(parent.directory.childPath(name)));
    } catch (thrown) {
      parent?.release();
      throw asDestinationError(thrown, pathText(plan.path));
    }
  }

  /**
   * Finds the partial file that was left, by this life of the agent or an earlier one, and takes it up again.
   *
   * @param known.wasIntended - the intent to publish was recorded: if the partial file is gone, it stands at its path
   * @param known.heldBytes - what is remembered of it
   * @returns the file; `published` when it was put in its place; undefined when there is none
   * @throws FerryError NO_SPACE when the rest does not fit; DESTINATION_UNWRITABLE; PATH_NOT_ALLOWED.
   */
  static async reopen(
    tree: DirectoryTree,
    plan: PartialPlan,
    { wasIntended, heldBytes }: { readonly wasIntended: boolean; readonly heldBytes: number },
  ): Promise<PartialFile | 'published' | undefined> {
    let parent: HeldParent | undefined;
    let fd: number | undefined;
    try {
      parent = tree.parentOf(plan.path, 'write', { create: true });
      const name = partialName(plan.transfer, plan.attempt);
      if (wasIntended && (await isInPlace(parent, name))) {
        // It may be there by a rename that does not survive a crash yet.
        await parent.directory.sync();
        parent.release();
        return 'published';
      }
      fd = await openLeftPartial(parent.directory, name, plan.size);
      if (fd !== undefined) {
        assertRoomForRest(parent.directory, { fd, sizeBytes: plan.size, heldBytes }, pathText(plan.path));
        return new PartialFile(plan, parent, name, fd);
      }
      parent.release();
      return undefined;
    } catch (thrown) {
      if (fd !== undefined) closeSync(fd);
      parent?.release();
      throw asDestinationError(thrown, pathText(plan.path));
    }
  }

  /**
   * Removes the partial file of a plan that nobody has open, if there is one; that it is gone survives a crash when this resolves.
   *
   * @throws FerryError DESTINATION_UNWRITABLE.
   */
  static async remove(tree: DirectoryTree, plan: PartialPlan): Promise<void> {
    let parent: HeldParent | undefined;
    try {
      parent = tree.parentOf(plan.path, 'write', { create: false });
      unlinkIfThere(parent.directory.childPath(partialName(plan.transfer, plan.attempt)));
      await parent.directory.sync();
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw asDestinationError(thrown, pathText(plan.path));
    } finally {
      parent?.release();
    }
  }

  /** Reads bytes at a position in the file; fewer than asked for where it ends. Only of a file that was reopened. */
  async read(length: number, position: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    await this.#orDiscard(async (fd) => {
      while (filled < length) {
        const { bytesRead } = await readAsync(fd, buffer, filled, length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    });
    return buffer.subarray(0, filled);
  }

  /** Writes bytes at a position in the file. @throws FerryError NO_SPACE, of which `isRoomLacking`, and then the file is kept. */
  write(raw: Uint8Array, position: number): Promise<void> {
    return this.#orDiscard(async (fd) => {
      let written = 0;
      while (written < raw.length) {
        const [length, at] = [raw.length - written, position + written];
        written +=
          raw.length <= WRITE_IN_PLACE_BYTES
            ? writeSync(fd, raw, written, length, at)
            : (await writeAsync(fd, raw, written, length, at)).bytesWritten;
      }
    }, isRoomLacking);
  }

  /** Makes what was written survive a crash. */
  sync(): Promise<void> {
    return this.#orDiscard((fd) => fdatasyncAsync(fd));
  }

  /**
   * Gives the complete file its mode and mtime, and makes it survive a crash under its hidden name. Its length needs no care: it was
   * made empty, or cut to what it may have when it was reopened, and every chunk of it was written.
   *
   * @returns what it will be known by once it is published
   */
  prepare(): Promise<PublishedFile> {
    return this.#orDiscard(async (fd) => {
      fchmodSync(fd, this.#plan.mode & 0o777);
      const mtime = secondsOf(this.#plan.mtimeNs);
      futimesSync(fd, mtime, mtime);
      await fsyncAsync(fd);
      return publishedFileOf(fstatSync(fd, { bigint: true }));
    });
  }

  /**
   * Puts the prepared file in its place, and makes that survive a crash. The policy is judged now, by the file system itself.
   *
   * @throws FerryError DESTINATION_EXISTS when something stands at the path that is not to be replaced.
   */
  publish(): Promise<void> {
    return this.#orDiscard(async (fd) => {
      this.#isPublishing = true;
      await Promise.allSettled([...this.#underWay]);
      if (this.#discarding !== undefined) throw this.#notReceived();
      // Whatever close answers, the number is not ours any more.
      this.#fd = undefined;
      closeSync(fd);
      await this.#putInPlace();
      this.#isPublished = true;
      try {
        await this.#parent.directory.sync();
      } finally {
        this.#parent.release();
      }
    });
  }

  /**
   * Removes the partial file, after what still writes to it; does nothing to a published one, or to one whose rename is under way and
   * succeeds. May be called twice.
   */
  discard(): Promise<void> {
    if (this.#isPublished) return Promise.resolve();
    this.#discarding ??= this.#discard();
    return this.#discarding;
  }

  /**
   * Lets go of the partial file and leaves it, to be reopened. Nothing may use it any more.
   *
   * @param keptBytes - what stands behind these is nobody's, and makes room for others; nothing when absent
   */
  leave(keptBytes?: number): void {
    if (this.#fd === undefined || this.#discarding !== undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      if (keptBytes !== undefined && fstatSync(fd).size > keptBytes) ftruncateSync(fd, keptBytes);
    } finally {
      this.#parent.release();
      closeSync(fd);
    }
  }

  async #discard(): Promise<void> {
    await Promise.allSettled([...this.#underWay]);
    if (this.#isPublished) return;
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      unlinkSync(this.#parent.directory.childPath(this.#name));
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw asDestinationError(thrown, pathText(this.#plan.path));
    } finally {
      this.#parent.release();
      if (fd !== undefined) closeSync(fd);
    }
  }

  async #putInPlace(): Promise<void> {
    const { directory, name } = this.#parent;
    const [partial, final] = [directory.childPath(this.#name), directory.childPath(name)];
    if (this.#plan.existing === 'fail') {
      // link() refuses a name that is taken, in one step; rename() would replace it.
      await linkAsync(partial, final);
      await unlinkAsync(partial);
    } else {
      await renameAsync(partial, final);
    }
  }

  /** @param isBorne - whether a failure leaves the partial file as good as it was */
  async #orDiscard<T>(
    work: (fd: number) => Promise<T>,
    isBorne: (failure: FerryError) => boolean = () => false,
  ): Promise<T> {
    if (this.#fd === undefined || this.#isPublishing || this.#discarding !== undefined) {
      throw this.#failure ?? this.#notReceived();
    }
    const running = work(this.#fd);
    this.#underWay.add(running);
    try {
      return await running;
    } catch (thrown) {
      const failure = asDestinationError(thrown, pathText(this.#plan.path));
      if (isBorne(failure)) throw failure;
      this.#failure ??= failure;
      // The owner discards as well, and hears then if the partial file could not be removed; what failed first is said here.
      await this.discard().catch(() => undefined);
      throw failure;
    } finally {
      this.#underWay.delete(running);
    }
  }

  #notReceived(): FerryError {
    return new FerryError('CANCELLED', `${pathText(this.#plan.path)} is not being received any more.`);
  }
}

/** An early answer for people; what counts is judged again by `publish`. */
async function assertFree({ directory, name }: HeldParent, plan: PartialPlan): Promise<void> {
  const stats = await directory.lookAt(name);
  if (stats === undefined) return;
  if (stats.isDirectory()) {
    throw new FerryError(
      'DESTINATION_EXISTS',
      `${pathText(plan.path)} is a directory at the destination. To copy into it, end the path with /.`,
    );
  }
  if (plan.existing === 'fail') {
    throw new FerryError('DESTINATION_EXISTS', `${pathText(plan.path)} exists already at the destination.`);
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
  }
}

/** A file of that name can only be left from an earlier life of this agent, which nobody knows any more. */
async function createAnew(path: string): Promise<number> {
  try {
    return await openAsync(path, CREATE_FLAGS, PARTIAL_MODE);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EEXIST') throw thrown;
    await unlinkAsync(path);
    return await openAsync(path, CREATE_FLAGS, PARTIAL_MODE);
  }
}
