import { writeSync } from 'node:fs';

/** Whoever reads the log from a pipe is waited for so long; then the line is lost, and not the time of the transfers. */
const SLOW_READER_MS = 200;
const LOOK_AGAIN_MS = 10;
const NEWLINE = Buffer.from('\n');

/** How many lines could not be written, and why not the last of them (an errno code). */
export interface LostLines {
  readonly lines: number;
  readonly reason: string;
}

/**
 * Writes the lines of a log, at once, to a file that may be full, or a pipe that nobody reads: what cannot be written is counted, and
 * told when writing works again. It never throws (FAULTS.md F44).
 */
export class LogLines {
  readonly #fd: number;
  readonly #onRecovery: (lost: LostLines) => void;
  #lost: LostLines = { lines: 0, reason: '' };
  /** Of the last line only a part was written. */
  #isTorn = false;

  /** @param onRecovery hears of what was lost after the first line that is written again; may write lines itself */
  constructor(fd: number, onRecovery: (lost: LostLines) => void) {
    this.#fd = fd;
    this.#onRecovery = onRecovery;
  }

  /** @param line with its newline */
  write(line: string): void {
    try {
      this.#put(Buffer.from(line));
    } catch (thrown) {
      this.#lost = { lines: this.#lost.lines + 1, reason: reasonOf(thrown) };
      return;
    }
    const before = this.#lost;
    if (before.lines === 0) return;
    this.#lost = { lines: 0, reason: '' };
    this.#onRecovery(before);
    // What was to be told was lost as well.
    if (this.#lost.lines > 0) this.#lost = { ...this.#lost, lines: before.lines + this.#lost.lines };
  }

  #put(line: Buffer): void {
    const bytes = this.#isTorn ? Buffer.concat([NEWLINE, line]) : line;
    for (let at = 0; at < bytes.length; ) {
      at += this.#writePiece(bytes.subarray(at));
      this.#isTorn = at < bytes.length;
    }
  }

  #writePiece(bytes: Buffer): number {
    // While lines are lost nobody is waited for: every line would cost as much.
    const deadlineMs = performance.now() + (this.#lost.lines === 0 ? SLOW_READER_MS : 0);
    for (;;) {
      try {
        return writeSync(this.#fd, bytes);
      } catch (thrown) {
        if (reasonOf(thrown) !== 'EAGAIN' || performance.now() >= deadlineMs) throw thrown;
        pause(LOOK_AGAIN_MS);
      }
    }
  }
}

/** Holds this thread up: the log's order is that of what happened. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
}
