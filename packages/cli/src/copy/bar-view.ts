import type { Writable } from 'node:stream';
import { Presets, SingleBar } from 'cli-progress';
import type { Look } from './run-progress.ts';

const MAX_BAR_COLUMNS = 24;
/** Shorter than this it says nothing that the percentage does not. */
const MIN_BAR_COLUMNS = 6;
/** What a terminal has that does not tell. */
const USUAL_COLUMNS = 80;

/** One line of progress: the bar takes what the words leave of the terminal's width. */
export function barLine(look: Look, columns: number): string {
  const words = [`${look.percent}%`, look.amount, look.rate, look.eta === '' ? '' : `${look.eta} left`];
  const text = words.filter((each) => each !== '').join(' | ');
  const width = Math.min(MAX_BAR_COLUMNS, columns - text.length - 2);
  if (width < MIN_BAR_COLUMNS) return text;
  const done = Math.round((look.percent / 100) * width);
  return `${'█'.repeat(done)}${'░'.repeat(width - done)} ${text}`;
}

/** Progress as a bar that redraws itself in place. */
export class BarView {
  readonly #stream: Writable & { readonly columns?: number };
  readonly #bar: SingleBar;
  #isDrawn = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    this.#bar = new SingleBar(
      // Signals are stop-signals.ts's business; the bar is cleared, because the summary says it all again.
      {
        stream: stream as NodeJS.WritableStream,
        format: (_options, _params, { look }: { look: Look }) => barLine(look, this.#stream.columns || USUAL_COLUMNS),
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
  }

  show(look: Look): void {
    if (this.#isDrawn) this.#bar.update(look.percent, { look });
    else this.#bar.start(100, look.percent, { look });
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
