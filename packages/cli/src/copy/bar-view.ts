import type { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';
import type { Look } from './run-progress.ts';

const FORMAT = '{bar} {percent}% | {amount} | {rate}{left}';

/** Progress as a bar that redraws itself in place. */
export class BarView {
  readonly #stream: Writable;
  readonly #bar: SingleBar;
  #isDrawn = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    this.#bar = new SingleBar(
      // Signals are stop-signals.ts's business; the bar is cleared, because the summary says it all again.
      {
        stream: stream as NodeJS.WritableStream,
        format: FORMAT,
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
  }

  show(look: Look): void {
    // Not named `eta`: the bar would put an estimate of its own there.
    const shown = { ...look, left: look.eta === '' ? '' : ` | ${look.eta} left` };
    if (this.#isDrawn) this.#bar.update(look.percent, shown);
    else this.#bar.start(100, look.percent, shown);
    this.#isDrawn = true;
  }

  note(sentence: string): void {
    this.close();
    this.#stream.write(`${sentence}\n`);
  }

  close(): void {
    if (this.#isDrawn) this.#bar.stop();
    this.#isDrawn = false;
  }
}
