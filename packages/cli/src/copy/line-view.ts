import type { Writable } from 'node:stream';
import type { Look } from './run-progress.ts';

/** Often enough to see that it lives, seldom enough for a log. */
const LINE_INTERVAL_MS = 5_000;

/** Progress as plain lines, for logs and pipes. */
export class LineView {
  readonly #stream: Writable;
  #lastAtMs: number | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  show(look: Look, atMs: number): void {
    // The first line waits too: a copy that is over by then needs none.
    this.#lastAtMs ??= atMs;
    if (atMs - this.#lastAtMs < LINE_INTERVAL_MS) return;
    this.#lastAtMs = atMs;
    const eta = look.eta === '' ? '' : `, ${look.eta} left`;
    this.#stream.write(`${look.percent}%, ${look.amount}, ${look.rate}${eta}\n`);
  }

  note(sentence: string): void {
    this.#stream.write(`${sentence}\n`);
  }

  close(): void {
    // Nothing was changed that must be put back.
  }
}
