import { hash } from 'node:crypto';
import { DIGEST_BYTES } from '../protocol/frame.ts';

/** The SHA-256 of every chunk of a file, in index order: 32 bytes each, together the chunk list. */
export class DigestList {
  readonly #digests: Buffer;
  readonly #isSet: Uint8Array;
  #missing: number;

  constructor(totalChunks: number) {
    this.#digests = Buffer.alloc(totalChunks * DIGEST_BYTES);
    this.#isSet = new Uint8Array(totalChunks);
    this.#missing = totalChunks;
  }

  set(index: number, digest: Uint8Array): void {
    if (this.#isSet[index] === 0) this.#missing -= 1;
    this.#isSet[index] = 1;
    this.#digests.set(digest, index * DIGEST_BYTES);
  }

  /** The digest of a chunk: zeros while it is not known. */
  get(index: number): Buffer {
    return this.#digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
  }

  /** The chunk list hash, hexadecimal. @throws Error while a digest is missing: a defect of the caller. */
  hash(): string {
    if (this.#missing > 0) throw new Error(`${this.#missing} chunks have no digest yet`);
    return hash('sha256', this.#digests);
  }
}
