import {
  type ChunkFrame,
  type ChunkRanges,
  ChunkSet,
  chunkExtent,
  codecFor,
  type DigestList,
  encodeAckFrame,
  FerryError,
  hashChunk,
  type NackReason,
} from '@ferryline/engine';
import type { FileProof, ReceivePlan } from './core/events.ts';
import type { PartialFile } from './partial-file.ts';
import type { PublishedFile } from './published-file.ts';

/** One file while its destination writes it: chunks are verified before they are written, and remembered by their hash. */
export class FileWriting {
  readonly #partial: Promise<PartialFile>;
  readonly #plan: ReceivePlan;
  readonly #digests: DigestList;
  #file: PublishedFile | undefined;
  /** It is being removed: what comes of work that was under way for it is not about another one of its name. */
  isGivenUp = false;
  /** Work that uses the file: it is not closed under it. */
  readonly #underWay = new Set<Promise<unknown>>();

  /** @param digests - of the chunks that the partial file may hold already; those of others are filled in as they come */
  constructor(partial: Promise<PartialFile>, plan: ReceivePlan, digests: DigestList) {
    this.#partial = partial;
    // Whoever uses it hears why there is none.
    partial.catch(() => undefined);
    this.#plan = plan;
    this.#digests = digests;
  }

  /** Resolves when the partial file stands. */
  async opened(): Promise<void> {
    await this.#partial;
  }

  /**
   * Reads chunks that the partial file should hold; returns which of them have the hash that is remembered of them.
   *
   * @param worked - called after each chunk
   */
  async verify(claimed: ChunkSet, worked: () => void): Promise<ChunkRanges> {
    const partial = await this.#partial;
    const held = new ChunkSet(claimed.total);
    for (const index of claimed.indices()) {
      const { offset, length } = this.#extent(index);
      const raw = await this.#use(partial.read(length, offset));
      if (hashChunk(raw).equals(this.#digests.get(index))) held.add(index);
      worked();
    }
    return held.toRanges();
  }

  /** Verifies and writes one chunk; returns why it was refused, or undefined when it is written. */
  async write(frame: ChunkFrame, offset: number): Promise<NackReason | undefined> {
    const partial = await this.#partial;
    let raw: Buffer;
    try {
      raw = await codecFor(frame.compression).decompress(frame.payload, frame.rawLength);
    } catch (thrown) {
      if (FerryError.from(thrown).code === 'CHUNK_CORRUPT') return 'undecodable';
      throw thrown;
    }
    const digest = hashChunk(raw);
    if (!digest.equals(frame.digest)) return 'digestMismatch';
    await this.#use(partial.write(raw, offset));
    this.#digests.set(frame.chunkIndex, digest);
    return undefined;
  }

  /** Makes what was written so far survive a crash. */
  async sync(): Promise<void> {
    const partial = await this.#partial;
    await this.#use(partial.sync());
  }

  /** Sets mode and mtime and makes the whole partial file survive a crash. */
  async seal(): Promise<void> {
    const partial = await this.#partial;
    this.#file = await this.#use(partial.prepare());
  }

  /** What the file will be known by once it is published; undefined before it is sealed. */
  get file(): PublishedFile | undefined {
    return this.#file;
  }

  /** The SHA-256 of every chunk that was written. */
  get digests(): DigestList {
    return this.#digests;
  }

  /**
   * Whether the chunks here are, together, the file that the source read.
   *
   * @throws FerryError HASH_MISMATCH when they are not.
   */
  prove(proof: FileProof): void {
    const chunkListHash = this.#digests.hash();
    if (chunkListHash === proof.chunkListHash) return;
    const name = this.#plan.path.names.at(-1) ?? this.#plan.path.root;
    throw new FerryError(
      'HASH_MISMATCH',
      `${name} arrived with chunk list hash ${chunkListHash}, the source computed ${proof.chunkListHash}. It is not published.`,
    );
  }

  /** Renames the proven file into place. */
  async publish(): Promise<void> {
    const partial = await this.#partial;
    await this.#use(partial.publish());
  }

  /** The frame that acknowledges a chunk. */
  ackFrame(index: number): Buffer {
    return encodeAckFrame({
      transfer: this.#plan.transfer,
      attempt: this.#plan.attempt,
      chunkIndex: index,
      rawLength: this.#extent(index).length,
      digest: this.#digests.get(index),
    });
  }

  /** Removes the partial file, after whatever is still using it. */
  async discard(): Promise<void> {
    const partial = await this.#idle();
    await partial?.discard();
  }

  /**
   * Leaves the partial file, to be reopened, after whatever is still using it.
   *
   * @param held - what is remembered of it: behind the last of these nothing is kept; everything when absent
   */
  async leave(held?: ChunkSet): Promise<void> {
    const partial = await this.#idle();
    partial?.leave(held && this.#endOf(held));
  }

  async #idle(): Promise<PartialFile | undefined> {
    const partial = await this.#partial.catch(() => undefined);
    await Promise.allSettled(this.#underWay);
    return partial;
  }

  #endOf(held: ChunkSet): number {
    const last = [...held.indices()].at(-1);
    if (last === undefined) return 0;
    const { offset, length } = this.#extent(last);
    return offset + length;
  }

  #extent(index: number): { readonly offset: number; readonly length: number } {
    return chunkExtent(this.#plan.size, this.#plan.chunkSize, index);
  }

  async #use<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }
}
