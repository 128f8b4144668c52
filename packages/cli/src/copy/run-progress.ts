import type { RunResource } from '../client/resources.ts';
import { displayBytes, displayCount, displayRate, displaySeconds } from '../display/quantity.ts';
import { RateMeter } from './rate-meter.ts';

/** One look at a run, in the words that both progress views show. */
export interface Look {
  readonly percent: number;
  /** As in `1.5 MiB of 4.0 MiB, 3 of 12 files`, or what is being done before that is known. */
  readonly amount: string;
  readonly rate: string;
  /** The time that the rest takes at this rate; empty while nobody can say. */
  readonly eta: string;
}

/** Turns successive answers about a run into what people watch. */
export class RunProgress {
  readonly #meter = new RateMeter();

  look(run: RunResource, atMs: number): Look {
    const { bytesMoved, bytesPlanned, filesMoved, filesPlanned } = run.counters;
    this.#meter.read(bytesMoved, atMs);
    const { bytesPerSecond } = this.#meter;
    const left = Math.max(0, bytesPlanned - bytesMoved);
    const isPlanning = run.state === 'planning';
    return {
      percent: isPlanning ? 0 : percentOf(run),
      amount: isPlanning
        ? `looking at the source, ${displayCount(filesPlanned, 'file')} so far, ${displayBytes(bytesPlanned)}`
        : `${displayBytes(bytesMoved)} of ${displayBytes(bytesPlanned)}, ${filesMoved} of ${displayCount(filesPlanned, 'file')}`,
      rate: displayRate(bytesPerSecond),
      eta: isPlanning || bytesPerSecond === 0 || left === 0 ? '' : displaySeconds(left / bytesPerSecond),
    };
  }
}

/** By bytes, or by files where all are empty; a hundred only when all is done. */
function percentOf({ counters }: RunResource): number {
  const { bytesMoved, bytesPlanned, filesMoved, filesPlanned } = counters;
  const part = bytesPlanned > 0 ? bytesMoved / bytesPlanned : filesPlanned > 0 ? filesMoved / filesPlanned : 1;
  const percent = Math.floor(Math.min(1, part) * 100);
  return filesMoved < filesPlanned ? Math.min(percent, 99) : percent;
}
