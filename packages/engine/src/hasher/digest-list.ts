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

  /** Keeps a copy of a chunk's digest; a later one replaces it. @throws RangeError when the index or the length is wrong. */
  set(index: number, digest: Uint8Array): void {
    this.#assertIndex(index);
    // A longer one would reach into the next chunk's.
    if (digest.length !== DIGEST_BYTES) throw new RangeError(`a digest is 32 bytes, not ${digest.length}`);
    if (this.#isSet[index] === 0) this.#missing -= 1;
    this.#isSet[index] = 1;
    this.#digests.set(digest, index * DIGEST_BYTES);
  }

  /** The digest of a chunk, a view: zeros while it is not known. @throws RangeError for an index outside the list. */
  get(index: number): Buffer {
    this.#assertIndex(index);
    return this.#digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
  }

  /** The chunk list hash, hexadecimal; SHA-256 of nothing for a file without chunks. @throws Error while a digest is missing: a defect of the caller. */
  hash(): string {
    if (this.#missing > 0) throw new Error(`${this.#missing} chunks have no digest yet`);
    return hash('sha256', this.#digests);
  }

  #assertIndex(index: number): void {
    if (Number.isInteger(index) && index >= 0 && index < this.#isSet.length) return;
    throw new RangeError(`there is no chunk ${index} in a list of ${this.#isSet.length}`);
  }
}
