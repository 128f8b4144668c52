import { FerryError } from '@ferryline/engine';

/** The numbers of what an agent posts: each is taken once, and in order. */
export class IncomingNumbers {
  #last = 0;

  /** The number of the last body that was taken; 0 in the beginning. */
  get last(): number {
    return this.#last;
  }

  /** Whether this is the next number, and not one that was taken already. @throws FerryError PROTOCOL for a gap */
  isNext(seq: number): boolean {
    if (seq <= this.#last) return false;
    if (seq === this.#last + 1) return true;
    throw new FerryError('PROTOCOL', `Number ${seq} came after number ${this.#last}: what lies between is missing.`);
  }

  /** The next number is taken. */
  take(): void {
    this.#last += 1;
  }
}
