import { describe, expect, test } from 'vitest';
import { negotiateVersion } from './version.ts';

describe('negotiateVersion', () => {
  test('picks the highest version that both ends speak', () => {
    expect(negotiateVersion([1, 2, 3], [1, 2])).toBe(2);
  });

  test('names both lists when the ends share no version', () => {
    expect(() => negotiateVersion([7], [1])).toThrow(/speaks protocol version 7, this hub speaks 1/);
  });
});
