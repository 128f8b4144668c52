import { statfs } from 'node:fs';
import { promisify } from 'node:util';
import type { TransferRef } from '@ferryline/engine';
import { FerryError } from '../../../domain/common/errors.ts';

const statfsAsync = promisify(statfs);

/** How often the file system is asked, at most. */
const MEASURE_INTERVAL_MS = 1_000;
/** Of the file system, this much stays free for the database, the log and everybody else (FAULTS.md L4). */
const KEPT_FREE_SHARE = 0.05;
const KEPT_FREE_BYTES = 2 * 2 ** 30;

/** A file system, in bytes. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface RelayRoomParts {
  readonly quotaBytes: number;
  readonly usedBytes: number;
  readonly diskSpace: () => Promise<DiskSpace>;
  /** Never goes back. */
  readonly nowMs: () => number;
}

/**
 * Whether the relay may store more: within its quota, and only as long as the file system keeps a part free. What is reserved counts
 * as if it were stored.
 */
export class RelayRoom {
  readonly #parts: RelayRoomParts;
  readonly #reservations = new Map<number, { readonly attempt: number; bytes: number }>();
  #usedBytes: number;
  #reservedBytes = 0;
  #space: DiskSpace;
  /** Taken since the file system was asked. */
  #takenBytes = 0;
  #measuredAtMs: number;
  #measuring: Promise<void> | undefined;

  private constructor(parts: RelayRoomParts, space: DiskSpace) {
    this.#parts = parts;
    this.#usedBytes = parts.usedBytes;
    this.#space = space;
    this.#measuredAtMs = parts.nowMs();
  }

  /** @throws the error of the file system. */
  static async open(parts: RelayRoomParts): Promise<RelayRoom> {
    return new RelayRoom(parts, await parts.diskSpace());
  }

  /** Length of all data files. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Reserved and not stored yet. */
  get reservedBytes(): number {
    return this.#reservedBytes;
  }

  /** What is neither stored nor reserved, and may be. */
  get freeBytes(): number {
    void this.measure();
    return Math.max(0, Math.min(this.#quotaRoomBytes, this.#diskRoomBytes));
  }

  /** Keeps room for that many bytes more of an attempt, instead of what was reserved for its transfer; false: there is none, and nothing changed. */
  reserve({ transfer, attempt }: TransferRef, bytes: number): boolean {
    void this.measure();
    const moreBytes = bytes - (this.#reservations.get(transfer)?.bytes ?? 0);
    if (moreBytes > 0 && this.#shortage(moreBytes) !== undefined) return false;
    this.#reservations.set(transfer, { attempt, bytes });
    this.#reservedBytes += moreBytes;
    return true;
  }

  /** Gives back what is still reserved for a transfer. */
  release(transfer: number): void {
    this.#reservedBytes -= this.#reservations.get(transfer)?.bytes ?? 0;
    this.#reservations.delete(transfer);
  }

  /**
   * Takes room for bytes that are about to be stored: reserved room first.
   *
   * @throws FerryError NO_SPACE when there is not so much.
   */
  async take({ transfer, attempt }: TransferRef, bytes: number): Promise<void> {
    await this.measure();
    // What another attempt reserved is not for this one.
    if (this.#reservations.get(transfer)?.attempt !== attempt) this.release(transfer);
    const reservation = this.#reservations.get(transfer);
    const reserved = Math.min(reservation?.bytes ?? 0, bytes);
    const why = this.#shortage(bytes - reserved);
    if (why !== undefined) throw new FerryError('NO_SPACE', `The relay cannot store more: ${why}`);
    if (reservation !== undefined) reservation.bytes -= reserved;
    this.#reservedBytes -= reserved;
    this.#usedBytes += bytes;
    this.#takenBytes += bytes;
  }

  /** What was taken made the data files longer by so much. */
  settle(takenBytes: number, grownBytes: number): void {
    this.#usedBytes += grownBytes - takenBytes;
  }

  /** A data file is gone. */
  freed(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  /** Asks the file system, when the last answer is old. When it does not answer, the last one holds. */
  async measure(): Promise<void> {
    if (this.#parts.nowMs() - this.#measuredAtMs >= MEASURE_INTERVAL_MS) {
      this.#measuring ??= this.#measureNow().finally(() => {
        this.#measuring = undefined;
      });
    }
    await this.#measuring;
  }

  async #measureNow(): Promise<void> {
    this.#measuredAtMs = this.#parts.nowMs();
    const takenBefore = this.#takenBytes;
    const space = await this.#parts.diskSpace().catch(() => undefined);
    if (space === undefined) return;
    this.#space = space;
    this.#takenBytes -= takenBefore;
  }

  /** Why that many bytes more cannot be stored or reserved, as the end of a sentence; undefined: they can. */
  #shortage(moreBytes: number): string | undefined {
    if (moreBytes > this.#quotaRoomBytes) {
      return `its quota of ${this.#parts.quotaBytes} bytes is used up. Raise --relay-disk-quota, or have the destinations come back.`;
    }
    if (moreBytes <= this.#diskRoomBytes) return undefined;
    return `the disk of the hub is nearly full: ${this.#keptFreeBytes} bytes of it are kept free. Make room on it.`;
  }

  get #quotaRoomBytes(): number {
    return this.#parts.quotaBytes - this.#usedBytes - this.#reservedBytes;
  }

  get #diskRoomBytes(): number {
    return this.#space.freeBytes - this.#takenBytes - this.#keptFreeBytes - this.#reservedBytes;
  }

  get #keptFreeBytes(): number {
    return Math.max(Math.ceil(KEPT_FREE_SHARE * this.#space.totalBytes), KEPT_FREE_BYTES);
  }
}

/** The file system that a directory is on, as far as the hub's account may use it. */
export async function diskSpaceOf(directory: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfsAsync(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
