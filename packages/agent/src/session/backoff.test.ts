import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reconnectDelayMs, repeatDelayMs } from './backoff.ts';

describe('reconnectDelayMs', () => {
  test('stays between a quarter of a second and half a minute, however often connecting failed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const delay = reconnectDelayMs(failures, random);
          expect(delay).toBeGreaterThanOrEqual(250);
          expect(delay).toBeLessThanOrEqual(30_000);
        },
      ),
    );
  });

  test('spreads agents over the upper half of the delay', () => {
    expect(reconnectDelayMs(3, 0)).toBe(1_000);
    expect(reconnectDelayMs(3, 0.5)).toBe(1_500);
  });
});

describe('repeatDelayMs', () => {
  test('grows from a tenth of a second to five, drawn from the upper half', () => {
    expect([1, 2, 10].map((failures) => repeatDelayMs(failures, 0))).toEqual([50, 100, 2_500]);
    expect([1, 2, 10, 10_000].map((failures) => repeatDelayMs(failures, 0.5))).toEqual([75, 150, 3_750, 3_750]);
  });
});
