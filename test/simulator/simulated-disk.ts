import { hash } from 'node:crypto';
import { keyOf, type TransferRef } from '@ferryline/engine';
import { JournalImage } from '../../packages/agent/src/destination/journal/journal-image.ts';
import type { JournalRecord } from '../../packages/agent/src/destination/journal/journal-record.ts';
import type { World } from './world.ts';

interface Partial {
  /** Chunks as the page cache has them, and as they survive a power cut. */
  readonly written: Map<number, Buffer>;
  readonly durable: Map<number, Buffer>;
}

/**
 * The disk of a simulated destination. The death of the process leaves all that was written; a power cut leaves what was synced, and of
 * the rest what chance wants: any chunks of a file, the first so many records of the journal, a rename or not.
 */
export class SimulatedDisk {
  readonly partials = new Map<string, Partial>();
  /** What stands at the destination path. */
  published: Buffer | undefined;
  /** How often a file was put there, less the times that a power cut took it back. */
  publishes = 0;
  readonly #world: World;
  #journal: JournalRecord[] = [];
  #durableRecords = 0;
  /** A rename that no sync of the directory has followed yet. */
  #rename: { readonly key: string; readonly partial: Partial; readonly before: Buffer | undefined } | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  get image(): JournalImage {
    const image = new JournalImage();
    for (const record of this.#journal) image.apply(record);
    return image;
  }

  note(record: JournalRecord): void {
    this.#journal.push(record);
  }

  syncJournal(upTo: number): void {
    this.#durableRecords = Math.max(this.#durableRecords, upTo);
  }

  get records(): number {
    return this.#journal.length;
  }

  create(ref: TransferRef): void {
    this.partials.set(keyOf(ref), { written: new Map(), durable: new Map() });
  }

  partial(ref: TransferRef): Partial {
    const partial = this.partials.get(keyOf(ref));
    if (partial === undefined) throw new Error(`transfer ${keyOf(ref)} has no partial file`);
    return partial;
  }

  sync(partial: Partial, indices: Iterable<number>): void {
    for (const index of indices) {
      const bytes = partial.written.get(index);
      if (bytes !== undefined) partial.durable.set(index, bytes);
    }
  }

  rename(ref: TransferRef, fileHash: string): void {
    const partial = this.partial(ref);
    const chunks = [...partial.written].toSorted(([a], [b]) => a - b).map(([, bytes]) => bytes);
    const content = Buffer.concat(chunks);
    if (hash('sha256', content) !== fileHash) throw new Error('a file is published that is not the source');
    if (partial.durable.size !== partial.written.size) throw new Error('a file is published before its sync');
    this.#rename = { key: keyOf(ref), partial, before: this.published };
    this.partials.delete(keyOf(ref));
    this.published = content;
    this.publishes += 1;
  }

  syncDirectory(): void {
    this.#rename = undefined;
  }

  remove(ref: TransferRef): void {
    this.partials.delete(keyOf(ref));
  }

  /** The machine loses its power. */
  cutPower(): void {
    const { random } = this.#world;
    for (const { written, durable } of this.partials.values()) {
      for (const [index, bytes] of written) {
        if (durable.has(index)) continue;
        // What was on its way to the disk may be there, be missing, or be half there.
        const fate = random();
        if (fate < 0.4) written.delete(index);
        else if (fate < 0.7) written.set(index, Buffer.alloc(bytes.length));
      }
    }
    const kept = this.#durableRecords + Math.floor(random() * (this.#journal.length - this.#durableRecords + 1));
    this.#journal = this.#journal.slice(0, kept);
    this.#durableRecords = kept;
    if (this.#rename !== undefined && random() < 0.5) {
      const { key, partial, before } = this.#rename;
      this.partials.set(key, partial);
      this.published = before;
      this.publishes -= 1;
    }
    this.#rename = undefined;
  }
}
