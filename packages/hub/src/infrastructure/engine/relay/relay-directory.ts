import { close, constants, fsync, mkdir, open, opendir, stat, unlink } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ClaimedAttempt } from '../../../domain/transfer/relay-claim.ts';
import { diskRefused, errnoOf } from './disk-error.ts';

const closeAsync = promisify(close);
const fsyncAsync = promisify(fsync);
const mkdirAsync = promisify(mkdir);
const openAsync = promisify(open);
const opendirAsync = promisify(opendir);
const statAsync = promisify(stat);
const unlinkAsync = promisify(unlink);

const MODE = 0o700;
/** Names that the system hands over at a time. */
const NAMES_AT_A_TIME = 500;

/**
 * The directory of the data files, named `<transfer>.<attempt>.frames`. All in one: files that are made together share one sync of it,
 * and file systems look a name up among a hundred thousand as fast as among ten.
 */
export class RelayDirectory {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes the directory when it is missing, for the hub's account alone.
   *
   * @throws FerryError INTERNAL when it cannot be made.
   */
  static async open(path: string): Promise<RelayDirectory> {
    try {
      await mkdirAsync(path, { mode: MODE });
      await syncDirectory(dirname(path));
    } catch (cause) {
      if (errnoOf(cause) !== 'EEXIST') throw diskRefused(`make its directory ${path}`, cause);
    }
    return new RelayDirectory(path);
  }

  pathOf({ transferId, attempt }: ClaimedAttempt): string {
    return join(this.path, `${transferId}.${attempt}.frames`);
  }

  /** Length of a data file in bytes; undefined when there is none. */
  async sizeOf(attempt: ClaimedAttempt): Promise<number | undefined> {
    try {
      return (await statAsync(this.pathOf(attempt))).size;
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  /** Removes a data file, if it is there; returns its length in bytes. */
  async remove(attempt: ClaimedAttempt): Promise<number> {
    const size = await this.sizeOf(attempt);
    if (size === undefined) return 0;
    await unlinkAsync(this.pathOf(attempt));
    return size;
  }

  /** Makes the names of all files survive a crash. */
  sync(): Promise<void> {
    return syncDirectory(this.path);
  }

  /** Every data file that is there, some at a time. Files with other names are somebody else's. */
  async *pages(): AsyncGenerator<readonly ClaimedAttempt[]> {
    let page: ClaimedAttempt[] = [];
    for await (const { name } of await opendirAsync(this.path, { bufferSize: NAMES_AT_A_TIME })) {
      const [, transferId, attempt] = /^([1-9]\d{0,15})\.([1-9]\d{0,9})\.frames$/.exec(name) ?? [];
      if (transferId === undefined) continue;
      page.push({ transferId: Number(transferId), attempt: Number(attempt) });
      if (page.length < NAMES_AT_A_TIME) continue;
      yield page;
      page = [];
    }
    yield page;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const fd = await openAsync(path, constants.O_RDONLY);
  try {
    await fsyncAsync(fd);
  } finally {
    await closeAsync(fd);
  }
}
