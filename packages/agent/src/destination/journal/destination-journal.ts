import { closeSync, constants, fdatasync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FerryError, type TransferRef } from '@ferryline/engine';
import type { Logger } from 'pino';
import { errnoOf } from '../../paths/file-system-error.ts';
import { SharedSync } from '../../paths/shared-sync.ts';
import { type JournalEntry, JournalImage, type SettledEntry } from './journal-image.ts';
import { decodeRecord, encodeRecord, type JournalRecord } from './journal-record.ts';

const fdatasyncAsync = promisify(fdatasync);

const FILE_NAME = 'destination.journal';
const HEADER = 'ferryline destination journal 1\n';
const FILE_MODE = 0o600;
/** Written anew when it has grown beyond this, and to four times of what it was when written last: then it is mostly about what is over. */
const LARGE_BYTES = 8 * 1024 * 1024;
const GROWTH = 4;
/** The file ends in zeros of up to this length: a sync of what is written over them has no new length to make durable. */
const PADDING_BYTES = 1024 * 1024;

/**
 * What a destination remembers across its own death: one file for all transfers, so that one sync serves all of them. Records are
 * appended; a torn one at the end, or a damaged one, is as if it had not been written. It may claim less than the disk holds, never
 * what has not been synced: whoever writes a record has synced before what it says (DESIGN.md section 3).
 */
export class DestinationJournal {
  readonly #directory: string;
  readonly #image: JournalImage;
  readonly #sync = new SharedSync(() => this.#makeDurable());
  #fd: number;
  #sizeBytes = 0;
  #paddedBytes = 0;
  #writtenAnewBytes = 0;
  /** What the image has and the file has not. */
  #lines: string[] = [];
  #writing: Promise<void> | undefined;
  /** The file cannot be trusted to end in what was written to it: it is written anew before it is used again. */
  #isBroken = false;

  private constructor(directory: string, image: JournalImage) {
    this.#directory = directory;
    this.#image = image;
    this.#fd = this.#writeAnew();
  }

  /**
   * Reads the journal of a state directory, or begins one.
   *
   * @throws FerryError VALIDATION when it cannot be read or written, or was written by a newer agent.
   */
  static open(stateDir: string, logger: Logger): DestinationJournal {
    try {
      return new DestinationJournal(stateDir, readImage(join(stateDir, FILE_NAME), logger));
    } catch (cause) {
      if (cause instanceof FerryError) throw cause;
      throw new FerryError(
        'VALIDATION',
        `The agent's state directory ${stateDir} cannot be used (${errnoOf(cause)}). Give the agent's user write access, or choose another with --state-dir.`,
        { cause },
      );
    }
  }

  /** What is remembered now, and not over. */
  get entries(): readonly JournalEntry[] {
    return this.#image.entries;
  }

  /** What was published and settled, in that order, and is not forgotten yet. */
  get settled(): readonly SettledEntry[] {
    return this.#image.settled;
  }

  /** What is remembered of an attempt. */
  entry(ref: TransferRef): JournalEntry | undefined {
    return this.#image.entry(ref);
  }

  /** What is remembered of an attempt that was settled. */
  settledEntry(ref: TransferRef): SettledEntry | undefined {
    return this.#image.settledEntry(ref);
  }

  /** Remembers something across the death of this process; not, yet, across a power cut. */
  write(record: JournalRecord): Promise<void> {
    this.#image.apply(record);
    this.#lines.push(encodeRecord(record));
    this.#writing ??= Promise.resolve().then(() => this.#append());
    return this.#writing;
  }

  /**
   * Remembers something for good: resolves when it is on stable storage.
   *
   * @throws FerryError NO_SPACE or DESTINATION_UNWRITABLE when the state directory does not take it.
   */
  async commit(record: JournalRecord): Promise<void> {
    await this.write(record);
    await this.#sync.run();
  }

  /** Makes all of it durable and lets go of the file. Nothing may be written any more. */
  async close(): Promise<void> {
    this.#append();
    await this.#sync.run().catch(() => undefined);
    closeSync(this.#fd);
  }

  /** One write for all records of a turn of the event loop. */
  #append(): void {
    this.#writing = undefined;
    const text = this.#lines.join('');
    this.#lines = [];
    if (this.#isBroken || text === '') return;
    try {
      this.#writeAt(this.#fd, text, this.#sizeBytes);
    } catch {
      // Whoever wants more than an attempt asks for a sync, which says why it cannot be.
      this.#isBroken = true;
    }
  }

  async #makeDurable(): Promise<void> {
    try {
      const isLarge = this.#sizeBytes > Math.max(LARGE_BYTES, GROWTH * this.#writtenAnewBytes);
      if (this.#isBroken || isLarge) this.#replace();
      else await fdatasyncAsync(this.#fd);
    } catch (cause) {
      // A failed sync may have dropped what it was to write (FAULTS.md P12).
      this.#isBroken = true;
      throw unwritable(this.#directory, cause);
    }
  }

  #replace(): void {
    const fd = this.#writeAnew();
    closeSync(this.#fd);
    this.#fd = fd;
    this.#isBroken = false;
  }

  /** Writes the journal in its shortest form beside the old one, and puts it in its place. Nothing else is under way meanwhile. */
  #writeAnew(): number {
    const path = join(this.#directory, FILE_NAME);
    const fd = openSync(`${path}.new`, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, FILE_MODE);
    try {
      this.#paddedBytes = 0;
      this.#writeAt(fd, HEADER + this.#image.toText(), 0);
      this.#writtenAnewBytes = this.#sizeBytes;
      fsyncSync(fd);
      renameSync(`${path}.new`, path);
      syncDirectory(this.#directory);
      return fd;
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
  }

  #writeAt(fd: number, text: string, position: number): void {
    const bytes = Buffer.from(text);
    const endBytes = position + bytes.length;
    const isBeyond = endBytes > this.#paddedBytes;
    writeAll(fd, isBeyond ? Buffer.concat([bytes, Buffer.alloc(PADDING_BYTES)]) : bytes, position);
    this.#sizeBytes = endBytes;
    if (isBeyond) this.#paddedBytes = endBytes + PADDING_BYTES;
  }
}

function readImage(path: string, logger: Logger): JournalImage {
  const image = new JournalImage();
  const text = readIfThere(path);
  if (text === undefined) return image;
  if (!text.startsWith(HEADER) && text.startsWith('ferryline destination journal')) {
    throw new FerryError(
      'VALIDATION',
      `${path} was written by a newer agent. Start that one, or name another directory with --state-dir.`,
    );
  }
  let damaged = 0;
  // What comes behind a zero was not synced: whoever waited for a sync waited for all before it.
  const [records = ''] = text.slice(HEADER.length).split('\0', 1);
  for (const line of records.split('\n')) {
    if (line === '') continue;
    const record = decodeRecord(line);
    if (record === undefined) damaged += 1;
    else image.apply(record);
  }
  if (damaged > 0) logger.warn({ path, damaged }, 'records of the journal are damaged: what they said is forgotten');
  return image;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

function syncDirectory(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function unwritable(directory: string, cause: unknown): FerryError {
  const errno = errnoOf(cause);
  const code = errno === 'ENOSPC' || errno === 'EDQUOT' ? 'NO_SPACE' : 'DESTINATION_UNWRITABLE';
  const advice = code === 'NO_SPACE' ? 'Make room there' : "Check the disk and the rights of the agent's user";
  return new FerryError(code, `The agent cannot write to its state directory ${directory} (${errno}). ${advice}.`, {
    cause,
  });
}
