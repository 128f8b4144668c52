import {
  type Compression,
  chooseCompression,
  compressChunk,
  DigestList,
  encodeChunkFrame,
  FileHasher,
  FRAME_HEADER_BYTES,
  hashChunk,
  type RootPath,
  sealChunkFrame,
} from '@ferryline/engine';
import type { SendPlan, SourceEffect } from './core/events.ts';
import type { SourceFile } from './source-file.ts';

type ReadChunk = Extract<SourceEffect, { type: 'readChunk' }>;

/**
 * One file while its source reads it: every chunk is read once, hashed, and made into a frame; the hash of the whole file grows
 * beside it, in index order. Chunks may be read several at a time.
 */
export class FileReading {
  readonly #file: Promise<SourceFile>;
  readonly #plan: SendPlan;
  readonly #totalChunks: number;
  readonly #digests: DigestList;
  readonly #hasher = new FileHasher();
  #compression: Promise<Compression> | undefined;
  /** Resolves when the file hash has taken every chunk before `#hashedUpTo`. */
  #hashed: Promise<void> = Promise.resolve();
  #hashedUpTo = 0;

  constructor(file: Promise<SourceFile>, plan: SendPlan, totalChunks: number) {
    this.#file = file;
    this.#plan = plan;
    this.#totalChunks = totalChunks;
    this.#digests = new DigestList(totalChunks);
  }

  get path(): RootPath {
    return this.#plan.path;
  }

  /** Resolves when the file is open and is the planned one. */
  async opened(): Promise<void> {
    await this.#file;
  }

  /** Reads and hashes one chunk; returns its frame when it is to be delivered. */
  async readChunk(effect: ReadChunk): Promise<Buffer | undefined> {
    // The header's room stands in front, so that an uncompressed chunk is sent from the buffer it was read into.
    const buffer = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + effect.length);
    const raw = buffer.subarray(FRAME_HEADER_BYTES);
    // The place in the file hash is taken before anything is awaited: chunks are asked for in index order.
    const hashTurn = this.#takeHashTurn(effect.index);
    const file = await this.#file;
    try {
      await file.read(raw, effect.offset);
      const digest = hashChunk(raw);
      this.#digests.set(effect.index, digest);
      await hashTurn.before;
      if (hashTurn.isFirstPass && this.#totalChunks > 1) this.#hasher.update(raw);
      return effect.deliver ? await this.#frame(effect, buffer, digest) : undefined;
    } finally {
      hashTurn.done();
    }
  }

  /** The file's hashes, once every chunk was read and the file proved to be unchanged. */
  async digest(): Promise<{ readonly fileHash: string; readonly chunkListHash: string }> {
    const file = await this.#file;
    await file.confirmUnchanged();
    // The hash of a file of one chunk is that chunk's: small files are hashed once.
    const fileHash = this.#totalChunks === 1 ? this.#digests.get(0).toString('hex') : this.#hasher.digest();
    return { fileHash, chunkListHash: this.#digests.hash() };
  }

  async close(): Promise<void> {
    const file = await this.#file.catch(() => undefined);
    await file?.close();
  }

  #takeHashTurn(index: number): { before: Promise<void>; isFirstPass: boolean; done: () => void } {
    if (index !== this.#hashedUpTo) return { before: Promise.resolve(), isFirstPass: false, done: () => undefined };
    this.#hashedUpTo += 1;
    const before = this.#hashed;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#hashed = promise;
    return { before, isFirstPass: true, done: resolve };
  }

  async #frame(effect: ReadChunk, buffer: Buffer, digest: Buffer): Promise<Buffer> {
    const raw = buffer.subarray(FRAME_HEADER_BYTES);
    this.#compression ??= chooseCompression(this.#plan.compression, raw);
    const { compression, payload } = await compressChunk(await this.#compression, raw);
    const header = {
      transfer: this.#plan.transfer,
      attempt: this.#plan.attempt,
      chunkIndex: effect.index,
      rawLength: effect.length,
      digest,
      compression,
      last: effect.last,
    };
    if (compression !== 'none') return encodeChunkFrame(header, payload);
    sealChunkFrame(buffer, header);
    return buffer;
  }
}
