import {
  type ChunkFrame,
  codecFor,
  DigestList,
  encodeAckFrame,
  FerryError,
  hashChunk,
  type NackReason,
} from '@ferryline/engine';
import type { FileProof, ReceivePlan } from './core/events.ts';
import type { PartialFile } from './partial-file.ts';

/** One file while its destination writes it: chunks are verified before they are written, and remembered by their hash. */
export class FileWriting {
  readonly #partial: Promise<PartialFile>;
  readonly #plan: ReceivePlan;
  readonly #digests: DigestList;
  readonly #rawLengths = new Map<number, number>();
  /** Work that uses the file: it is not closed under it. */
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(partial: Promise<PartialFile>, plan: ReceivePlan, totalChunks: number) {
    this.#partial = partial;
    this.#plan = plan;
    this.#digests = new DigestList(totalChunks);
  }

  /** Resolves when the partial file stands. */
  async opened(): Promise<void> {
    await this.#partial;
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
    this.#rawLengths.set(frame.chunkIndex, frame.rawLength);
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
    await this.#use(partial.prepare());
  }

  /**
   * Proves the file and renames it into place.
   *
   * @throws FerryError HASH_MISMATCH when the chunks here are not, together, the file that the source read.
   */
  async publish(proof: FileProof): Promise<void> {
    const chunkListHash = this.#digests.hash();
    if (chunkListHash !== proof.chunkListHash) {
      const name = this.#plan.path.names.at(-1) ?? this.#plan.path.root;
      throw new FerryError(
        'HASH_MISMATCH',
        `${name} arrived with chunk list hash ${chunkListHash}, the source computed ${proof.chunkListHash}. It is not published.`,
      );
    }
    const partial = await this.#partial;
    await this.#use(partial.publish());
  }

  /** The frame that acknowledges a chunk. */
  ackFrame(index: number): Buffer {
    return encodeAckFrame({
      transfer: this.#plan.transfer,
      attempt: this.#plan.attempt,
      chunkIndex: index,
      rawLength: this.#rawLengths.get(index) ?? 0,
      digest: this.#digests.get(index),
    });
  }

  /** Removes the partial file, after whatever is still using it. */
  async discard(): Promise<void> {
    const partial = await this.#partial.catch(() => undefined);
    await Promise.allSettled(this.#underWay);
    await partial?.discard();
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
