interface Unanswered {
  copies: number;
  bytes: number;
}

/** Chunks of one transfer that went on to the destination, and that it neither acknowledged nor refused yet. */
export class UnansweredChunks {
  readonly #chunks = new Map<number, Unanswered>();
  #bytes = 0;

  /** What all of them cost. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How often a chunk went on since it was answered last. */
  copiesOf(index: number): number {
    return this.#chunks.get(index)?.copies ?? 0;
  }

  add(index: number, bytes: number): void {
    const before = this.#chunks.get(index) ?? { copies: 0, bytes: 0 };
    this.#chunks.set(index, { copies: before.copies + 1, bytes: before.bytes + bytes });
    this.#bytes += bytes;
  }

  /** One copy of a chunk is answered; returns what it cost, or undefined when no answer to it was awaited. */
  answer(index: number): number | undefined {
    const chunk = this.#chunks.get(index);
    if (chunk === undefined) return undefined;
    const bytes = Math.floor(chunk.bytes / chunk.copies);
    if (chunk.copies === 1) this.#chunks.delete(index);
    else this.#chunks.set(index, { copies: chunk.copies - 1, bytes: chunk.bytes - bytes });
    this.#bytes -= bytes;
    return bytes;
  }

  clear(): void {
    this.#chunks.clear();
    this.#bytes = 0;
  }
}
