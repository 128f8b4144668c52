import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEntryName, MAX_PATH_DEPTH, namesSchema, rootPathSchema } from './path.ts';

describe('isEntryName', () => {
  test.each([
    'a',
    '...',
    '..a',
    'a..',
    ' ',
    '-rf',
    '~',
    '\\',
    'C:',
    'a\nb',
    'ü',
    '文件',
    '👩‍🚀',
    '\u202e',
    '%2e%2e',
    'CON',
  ])('takes %j as a name', (name) => {
    expect(isEntryName(name)).toBe(true);
  });

  test.each(['', '.', '..', '/', 'a/b', '/a', 'a/', '../a', '\0', 'a\0', 'a\0b'])(
    'does not take %j as a name',
    (name) => {
      expect(isEntryName(name)).toBe(false);
    },
  );

  test('counts the 255 bytes of a name in UTF-8', () => {
    expect(isEntryName('a'.repeat(255))).toBe(true);
    expect(isEntryName('a'.repeat(256))).toBe(false);
    expect(isEntryName('ü'.repeat(127))).toBe(true);
    expect(isEntryName('ü'.repeat(128))).toBe(false);
  });

  test.each(['\ud800', 'a\udc00', '\udc00\ud800'])(
    'does not take half a surrogate pair, which no file system stores',
    (name) => {
      expect(isEntryName(name)).toBe(false);
    },
  );

  test('takes a name only if it comes back from UTF-8 and leads nowhere else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const isSafe =
          !['', '.', '..'].includes(name) &&
          !/[/\0]/.test(name) &&
          Buffer.from(name).toString() === name &&
          Buffer.from(name).length <= 255;
        expect(isEntryName(name)).toBe(isSafe);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a root path', () => {
  test('may be the root itself', () => {
    expect(rootPathSchema.parse({ root: '/srv', names: [] })).toEqual({ root: '/srv', names: [] });
  });

  test.each([
    { root: '', names: [] },
    { root: 'r'.repeat(4097), names: [] },
    { root: '/srv', names: ['..'] },
    { root: '/srv', names: ['a', '', 'b'] },
    { root: '/srv', names: 'a/b' },
    { root: '/srv' },
    { names: [] },
    { root: ['/srv'], names: [] },
  ])('is refused when malformed: case %#', (path) => {
    expect(rootPathSchema.safeParse(path).success).toBe(false);
  });

  test('is at most 2,048 names deep', () => {
    const names = Array.from({ length: MAX_PATH_DEPTH }, () => 'd');

    expect(namesSchema.safeParse(names).success).toBe(true);
    expect(namesSchema.safeParse([...names, 'd']).success).toBe(false);
  });
});
