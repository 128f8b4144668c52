/**
 * Packs frames into binary messages: hundreds of small files share one message, a large chunk travels as it is, without a copy.
 * Frames leave in the order in which they came.
 */
export class FramePacker {
  /** Frames of at least this size are not worth copying together. */
  static readonly ALONE_BYTES = 64 * 1024;
  /** A message of packed frames is handed out when it reaches this size. */
  static readonly MESSAGE_BYTES = 256 * 1024;

  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  /** Takes a frame; returns the messages that are ready to leave, in order. */
  add(frame: Buffer): Buffer[] {
    if (frame.length >= FramePacker.ALONE_BYTES) return [...this.flush(), frame];
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    return this.#waitingBytes >= FramePacker.MESSAGE_BYTES ? this.flush() : [];
  }

  /** Whether frames wait for more to share a message with. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Hands out what waits, as at most one message. */
  flush(): Buffer[] {
    const [first] = this.#waiting;
    if (first === undefined) return [];
    const message = this.#waiting.length === 1 ? first : Buffer.concat(this.#waiting, this.#waitingBytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return [message];
  }
}
