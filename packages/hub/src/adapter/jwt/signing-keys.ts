import { stat } from 'node:fs/promises';
import type { KeyRing, RingKey } from './key-ring.ts';
import { keyRingFile, loadKeyRing } from './key-ring-file.ts';

/** How soon a running hub sees that somebody rotated its keys. */
const LOOK_EVERY_MS = 5_000;

/** Where the keys come from that are good at a moment. */
export interface KeySource {
  ringAt(at: Date): Promise<KeyRing>;
}

/** The ring in the data directory, read again when its file was replaced; of a rotation it tells whoever writes such things down. */
export class SigningKeys implements KeySource {
  readonly #dataDir: string;
  readonly #onRotated: (signing: RingKey) => Promise<void>;
  #ring: KeyRing | undefined;
  #mark = '';
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param onRotated told of the key that signs since the last rotation, also when that was before this start; a failure is told again */
  constructor(dataDir: string, onRotated: (signing: RingKey) => Promise<void> = async () => undefined) {
    this.#dataDir = dataDir;
    this.#onRotated = onRotated;
  }

  /** Makes the ring when there is none. @throws FerryError INTERNAL when the file cannot be used; what `onRotated` throws. */
  async ringAt(at: Date): Promise<KeyRing> {
    if (this.#ring !== undefined && Math.abs(at.getTime() - this.#lookedAt) < LOOK_EVERY_MS) return this.#ring;
    // Before anything is awaited: one looks, and the others go on with what there is.
    this.#lookedAt = at.getTime();
    // Before the reading: a file replaced in between is read again next time.
    const mark = await this.#markOfFile();
    if (this.#ring !== undefined && mark === this.#mark) return this.#ring;
    const ring = await loadKeyRing(this.#dataDir, at);
    // Only a rotation leaves a retired key beside the one that signs.
    if (ring.keys.length > 1) await this.#onRotated(ring.signing);
    this.#ring = ring;
    this.#mark = mark;
    return ring;
  }

  async #markOfFile(): Promise<string> {
    const found = await stat(keyRingFile(this.#dataDir), { bigint: true }).catch(() => undefined);
    return found === undefined ? 'none' : `${found.ino} ${found.mtimeNs}`;
  }
}
