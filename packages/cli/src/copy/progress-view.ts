import type { Io } from '../io.ts';
import { BarView } from './bar-view.ts';
import { LineView } from './line-view.ts';
import type { Look } from './run-progress.ts';

/** Where progress is shown. */
export interface ProgressView {
  show(look: Look, atMs: number): void;
  /** A sentence that stays, between two looks. */
  note(sentence: string): void;
  /** Leaves the terminal as it was. May be called twice. */
  close(): void;
}

/** A bar on a terminal, now and then a plain line elsewhere; on standard error, because standard output is for results. */
export function progressView(io: Io): ProgressView {
  return io.stderr.isTTY ? new BarView(io.stderr) : new LineView(io.stderr);
}
