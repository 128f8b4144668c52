import { stat } from 'node:fs/promises';
import type { KeyRing } from './key-ring.ts';
import { keyRingFile, loadKeyRing } from './key-ring-file.ts';

/** How soon a running hub sees that somebody rotated its keys. */
const LOOK_EVERY_MS = 5_000;

/** Where the keys come from that are good at a moment. */
export interface KeySource {
  ringAt(at: Date): Promise<KeyRing>;
}

/** The ring in the data directory, read again when its file was replaced. */
export class SigningKeys implements KeySource {
  readonly #dataDir: string;
  #ring: KeyRing | undefined;
  #mark = '';
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** Makes the ring when there is none. @throws FerryError INTERNAL when the file cannot be used. */
  async ringAt(at: Date): Promise<KeyRing> {
    if (this.#ring !== undefined && Math.abs(at.getTime() - this.#lookedAt) < LOOK_EVERY_MS) return this.#ring;
    // Before the reading: a file replaced in between is read again next time.
    const mark = await this.#markOfFile();
    if (this.#ring === undefined || mark !== this.#mark) this.#ring = await loadKeyRing(this.#dataDir, at);
    this.#mark = mark;
    this.#lookedAt = at.getTime();
    return this.#ring;
  }

  async #markOfFile(): Promise<string> {
    const found = await stat(keyRingFile(this.#dataDir), { bigint: true }).catch(() => undefined);
    return found === undefined ? 'none' : `${found.ino} ${found.mtimeNs}`;
  }
}
