import { beforeEach, describe, expect, test } from 'vitest';
import { IncomingNumbers } from './incoming-numbers.ts';

let numbers: IncomingNumbers;

beforeEach(() => {
  numbers = new IncomingNumbers();
  for (const seq of [1, 2]) if (numbers.isNext(seq)) numbers.take();
});

describe('the number of what is posted', () => {
  test('is the next one once, and taken afterwards', () => {
    expect(numbers.isNext(3)).toBe(true);
    numbers.take();

    expect(numbers.isNext(3)).toBe(false);
    expect(numbers.last).toBe(3);
  });

  test.each([0, 1, 2])('%i was taken already', (seq) => {
    expect(numbers.isNext(seq)).toBe(false);
  });

  test('breaks the protocol when one before it is missing', () => {
    expect(() => numbers.isNext(4)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });
});
