import { describe, expect, test } from 'vitest';
import { displayBytes, displaySeconds } from './quantity.ts';

describe('displayBytes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1.5 * 2 ** 20, '1.5 MiB'],
    [2 ** 31, '2.0 GiB'],
    [5 * 2 ** 60, '5120.0 PiB'],
  ])('%d is %s', (bytes, shown) => {
    expect(displayBytes(bytes)).toBe(shown);
  });
});

describe('displaySeconds', () => {
  test.each([
    [0.04, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.7, '1 min 00 s'],
    [185, '3 min 05 s'],
    [7620, '2 h 07 min'],
  ])('%d is %s', (seconds, shown) => {
    expect(displaySeconds(seconds)).toBe(shown);
  });
});
