import { FerryError } from '../error/ferry-error.ts';
import type { ChunkRanges } from '../protocol/values.ts';
import { MAX_CHUNKS } from './geometry.ts';

/** Which chunks of a file are held: a bit each, so that the largest file costs 8 KiB. */
export class ChunkSet {
  readonly total: number;
  readonly #bits: Uint8Array;
  #count = 0;

  /** @throws FerryError PROTOCOL for a total that no file has. */
  constructor(total: number) {
    if (!Number.isSafeInteger(total) || total < 0 || total > MAX_CHUNKS) {
      throw new FerryError('PROTOCOL', `A file of ${total} chunks does not exist: the limit is 65,536.`);
    }
    this.total = total;
    this.#bits = new Uint8Array(Math.ceil(total / 8));
  }

  /** @throws FerryError PROTOCOL when the ranges are not ascending, apart and within the file. */
  static fromRanges(total: number, ranges: readonly (readonly [first: number, count: number])[]): ChunkSet {
    const set = new ChunkSet(total);
    let free = 0;
    for (const [first, count] of ranges) {
      const areIntegers = Number.isSafeInteger(first) && Number.isSafeInteger(count);
      if (!areIntegers || first < free || count < 1 || first + count > total) {
        throw new FerryError('PROTOCOL', `The chunk range ${first}+${count} does not fit a file of ${total} chunks.`);
      }
      for (let index = first; index < first + count; index += 1) set.add(index);
      // Ranges that touch would be one range: the next one begins after a gap.
      free = first + count + 1;
    }
    return set;
  }

  /** Adds a chunk; returns whether it was new. @throws FerryError PROTOCOL for an index that the file does not have. */
  add(index: number): boolean {
    if (this.has(index)) return false;
    if (!this.#isChunk(index)) {
      throw new FerryError('PROTOCOL', `There is no chunk ${index} in a file of ${this.total} chunks.`);
    }
    this.#bits[index >> 3] = this.#byteOf(index) | (1 << (index & 7));
    this.#count += 1;
    return true;
  }

  /** Takes a chunk out; returns whether it was in. */
  delete(index: number): boolean {
    if (!this.has(index)) return false;
    this.#bits[index >> 3] = this.#byteOf(index) & ~(1 << (index & 7));
    this.#count -= 1;
    return true;
  }

  /** Whether a chunk is held; never one that the file does not have. */
  has(index: number): boolean {
    return this.#isChunk(index) && (this.#byteOf(index) & (1 << (index & 7))) !== 0;
  }

  /** The chunks that either of two sets of the same file holds. */
  union(other: ChunkSet): ChunkSet {
    const both = new ChunkSet(this.total);
    for (const set of [this, other]) for (const index of set.indices()) both.add(index);
    return both;
  }

  get count(): number {
    return this.#count;
  }

  get isComplete(): boolean {
    return this.#count === this.total;
  }

  /** The chunks that are not held, ascending. */
  *missing(): Generator<number> {
    for (let index = 0; index < this.total; index += 1) {
      if (!this.has(index)) yield index;
    }
  }

  /** The chunks that are held, ascending. */
  *indices(): Generator<number> {
    for (let index = 0; index < this.total; index += 1) {
      if (this.has(index)) yield index;
    }
  }

  /** The chunks that are held, as they travel: ascending, with gaps between. */
  toRanges(): ChunkRanges {
    const ranges: ChunkRanges = [];
    let first = -1;
    for (let index = 0; index <= this.total; index += 1) {
      const held = index < this.total && this.has(index);
      if (held && first < 0) first = index;
      if (!held && first >= 0) {
        ranges.push([first, index - first]);
        first = -1;
      }
    }
    return ranges;
  }

  // Asked before any bit is: shifting keeps 32 bits of an index, and would take 2^32 for 0.
  #isChunk(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.total;
  }

  #byteOf(index: number): number {
    return this.#bits[index >> 3] ?? 0;
  }
}
