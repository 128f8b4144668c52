import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkObjection } from './link-target.ts';

describe('linkObjection', () => {
  test.each([
    [['l'], 'file'],
    [['l'], './a//b/'],
    [['l'], 'a/../b'],
    [['d', 'l'], '..'],
    [['d', 'l'], '../other'],
    [['l'], '..a'],
    [['l'], '.'],
  ])('lets %j -> %j travel', (names, target) => {
    expect(linkObjection(names, target)).toBeUndefined();
  });

  test.each([
    [['l'], '/etc/shadow'],
    [['l'], '..'],
    [['l'], 'a/../..'],
    [['l'], '../root/back-again'],
    [['d', 'l'], '../../x'],
  ])('objects to %j -> %j', (names, target) => {
    expect(linkObjection(names, target)).toContain(target);
  });

  test('objects exactly to what leaves the tree somewhere on the way', () => {
    const part = fc.constantFrom('..', '.', 'a', '');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 4 }), (parts, depth) => {
        fc.pre(parts[0] !== '');
        const names = Array.from({ length: depth }, (_, at) => `n${at}`);
        const staysInside = parts.every((_, at) => {
          const reached = posix.normalize([...names.slice(0, -1), ...parts.slice(0, at + 1)].join('/') || '.');
          return reached !== '..' && !reached.startsWith('../');
        });
        expect(linkObjection(names, parts.join('/')) === undefined).toBe(staysInside);
      }),
      { numRuns: 1000 },
    );
  });
});
