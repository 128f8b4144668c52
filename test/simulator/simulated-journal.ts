import { JournalImage } from '../../packages/agent/src/destination/journal/journal-image.ts';
import type { JournalRecord } from '../../packages/agent/src/destination/journal/journal-record.ts';
import { DiskError, type SimulatedDisk } from './simulated-disk.ts';
import type { World } from './world.ts';

/**
 * The journal of a destination, on a disk of its own kind: the death of the process leaves what was appended, a power cut the records
 * that were synced and, of the others, the first so many. After an error nothing is appended until it is written anew.
 */
export class SimulatedJournal {
  image = new JournalImage();
  isFull = false;
  readonly #world: World;
  readonly #disk: SimulatedDisk;
  #records: JournalRecord[] = [];
  #appended = 0;
  #durable = 0;
  #isBroken = false;

  /** @param disk - whose failing syncs are those of the journal as well */
  constructor(world: World, disk: SimulatedDisk) {
    this.#world = world;
    this.#disk = disk;
  }

  /** How many records there are. */
  get length(): number {
    return this.#records.length;
  }

  write(record: JournalRecord): void {
    this.image.apply(record);
    this.#records.push(record);
    if (this.isFull) this.#isBroken = true;
    if (!this.#isBroken) this.#appended = this.#records.length;
  }

  /** Makes the first so many records durable. @throws DiskError when the disk does not do. */
  sync(upTo: number): void {
    if (this.isFull || this.#disk.failsSyncs) {
      this.#isBroken = true;
      throw new DiskError(this.isFull ? 'NO_SPACE' : 'DESTINATION_UNWRITABLE');
    }
    // A broken journal is written anew, as a whole.
    const reached = this.#isBroken ? this.#records.length : upTo;
    this.#isBroken = false;
    this.#durable = Math.max(this.#durable, reached);
    this.#appended = Math.max(this.#appended, this.#durable);
  }

  /** What the next life of the process reads. Returns how many records are lost. */
  restart(how: 'killed' | 'powerCut'): number {
    const kept =
      how === 'killed'
        ? this.#appended
        : this.#durable + Math.floor(this.#world.random() * (this.#appended - this.#durable + 1));
    const lost = this.#records.length - kept;
    this.#records = this.#records.slice(0, kept);
    this.#appended = kept;
    // It is written anew at every start, and synced.
    this.#durable = kept;
    this.#isBroken = false;
    this.image = new JournalImage();
    for (const record of this.#records) this.image.apply(record);
    return lost;
  }
}
