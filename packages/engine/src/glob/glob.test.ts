import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, test } from 'vitest';
import { matchPath } from './path-match.ts';
import { parsePattern } from './pattern.ts';

function matches(pattern: string, path: string): boolean {
  return matchPath(parsePattern(pattern), path.split('/')).isWhole;
}

describe('a glob pattern', () => {
  test.each([
    ['*.log', 'a.log', true],
    ['*.log', 'deep/down/a.log', true],
    ['*.log', '.log', true],
    ['*.log', 'a.log.gz', false],
    ['/*.log', 'a.log', true],
    ['/*.log', 'deep/a.log', false],
    ['logs/*.log', 'logs/a.log', true],
    ['logs/*.log', 'more/logs/a.log', false],
    ['logs/**', 'logs/a/b', true],
    ['**/tmp/*', 'tmp/a', true],
    ['**/tmp/*', 'a/b/tmp/c', true],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/b/c/y', false],
    ['?', 'é', true],
    ['?', '🚢', true],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[]]x', ']x', true],
    ['[\\]]x', ']x', true],
    ['{a,b{c,d}}.txt', 'bd.txt', true],
    ['{a,b{c,d}}.txt', 'b.txt', false],
    ['{a}', '{a}', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['A', 'a', false],
    ['.*', '.hidden', true],
    ['*', '.hidden', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  test.each([
    ['', /may not be empty/],
    ['a/../b', /"\.\." between slashes names nothing/],
    ['a//b', /"" between slashes/],
    ['[abc', /class "\[" at character 1 is not closed/],
    ['[z-a]', /range z-a runs backwards/],
    ['{a,b', /brace at character 1 is not closed/],
    ['a\\', /nothing after the backslash/],
    ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', /more than 64 patterns/],
    ['**/a/**/b/**/c/**/d/**/e/**/f/**/g/**/h/**', /more than 8 "\*\*"/],
    ['x'.repeat(513), /longer than 512 characters/],
    ['a\0', /never contains NUL/],
  ])('%j is refused with what is wrong', (pattern, sentence) => {
    expect(() => parsePattern(pattern)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', message: expect.stringMatching(sentence) }),
    );
  });

  test('means what picomatch understands by it', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), minLength: 1, maxLength: 4 });
    const path = fc
      .array(
        name.filter((each) => !/^\.{1,2}$/.test(each)),
        { minLength: 1, maxLength: 4 },
      )
      .map((names) => names.join('/'));
    const piece = fc.constantFrom('a', 'b', '.', '*', '?', '[ab]', '[!a]', '{a,b}');
    const segment = fc.oneof(
      fc
        .array(piece, { minLength: 1, maxLength: 4 })
        .map((pieces) => pieces.join(''))
        .filter((text) => !/^\.{1,2}$|\*\*/.test(text)),
      fc.constant('**'),
    );
    const pattern = fc
      .array(segment, { minLength: 2, maxLength: 4 })
      .map((segments) => segments.join('/'))
      // Each pair of braces doubles what they stand for, and more than 64 patterns are refused.
      .filter((text) => text.split('{').length - 1 <= 6);
    fc.assert(
      fc.property(pattern, path, (glob, text) => {
        // It knows `[^a]`, and takes `[!a]` for two characters.
        const oracle = picomatch.isMatch(text, glob.replaceAll('[!', '[^'), { dot: true, strictSlashes: true });

        expect(matches(glob, text)).toBe(oracle);
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ['stars without end', `${'*a'.repeat(200)}b`, 'a'.repeat(255)],
    ['globstars', `${'**/a/'.repeat(8)}b`, Array.from({ length: 250 }, () => 'a').join('/')],
    ['classes', '[a-z]'.repeat(100), 'a'.repeat(255)],
    ['braces', '{a*,b*}{a*,b*}{a*,b*}{a*,b*}{a*,b*}c', 'ab'.repeat(120)],
  ])('A54: of %s costs no more than its length times that of the path', (_what, pattern, path) => {
    const parsed = parsePattern(pattern);
    const names = path.split('/');
    const before = process.cpuUsage();

    matchPath(parsed, names);

    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(200);
  });
});
