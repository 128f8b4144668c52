import { createHash } from 'node:crypto';

/** SHA-256 of a whole file, fed in order: what `sha256sum` prints. */
export class FileHasher {
  readonly #hash = createHash('sha256');

  update(raw: Uint8Array): void {
    this.#hash.update(raw);
  }

  /** Hexadecimal; may be called once. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
