import { expect } from 'vitest';

// Vitest compares bytes one by one, as anything that can be iterated: a mebibyte takes it seconds.
expect.addEqualityTesters([
  (one: unknown, other: unknown) => (Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : undefined),
]);
