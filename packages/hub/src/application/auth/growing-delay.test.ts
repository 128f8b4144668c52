import { expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';
import { GrowingDelay } from './growing-delay.ts';

test('failures under a hundred thousand invented names are not all remembered, but the newest are', () => {
  const delay = new GrowingDelay();
  for (let count = 0; count < 5; count += 1) delay.failed('first', 0);
  for (let name = 0; name < 100_000; name += 1) delay.failed(`invented ${name}`, 0);
  for (let count = 0; count < 5; count += 1) delay.failed('last', 0);

  expect(delay.waitMs('first', 0)).toBe(0);
  expect(delay.waitMs('last', 0)).toBe(60_000);
});

test('a bounded map forgets what was not set for longest', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);

  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([3, undefined, 4, 2]);
});
