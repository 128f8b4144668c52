/** The promises that are looked at, numbered as in FAULTS.md 4.2; `L1` is the one about what comes about in the end. */
export type PromiseName =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | 'I13'
  | 'I15'
  | 'I16'
  | 'custody'
  | 'L1'
  | 'L2'
  | 'determinism';

/** A promise was broken. */
export class Violation extends Error {
  readonly promise: PromiseName;

  constructor(promise: PromiseName, message: string) {
    super(`${promise}: ${message}`);
    this.promise = promise;
  }
}

/** @throws Violation when the promise does not hold. */
export function promised(promise: PromiseName, holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Violation(promise, what());
}
