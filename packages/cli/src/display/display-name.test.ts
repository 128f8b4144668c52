import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayJson, displayName } from './display-name.ts';

describe('displayName', () => {
  test.each([
    ['plain name.txt', 'plain name.txt'],
    ['Grüße, 世界 👋', 'Grüße, 世界 👋'],
    ['red\u001b[31m', 'red\\u{1b}[31m'],
    ['two\nlines\r', 'two\\u{a}lines\\u{d}'],
    ['delete\u007f', 'delete\\u{7f}'],
    ['c1\u009b31m', 'c1\\u{9b}31m'],
    ['invoice\u202efdp.exe', 'invoice\\u{202e}fdp.exe'],
    ['isolate\u2066x\u2069', 'isolate\\u{2066}x\\u{2069}'],
    ['half\ud83d', 'half\\u{d83d}'],
    ['\udc4bhalf', '\\u{dc4b}half'],
  ])('shows %j as %s', (name, shown) => {
    expect(displayName(name)).toBe(shown);
  });

  test('leaves nothing that controls a terminal, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(displayName(name)).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe('displayJson', () => {
  test('shows no control character, and parses back to what it was given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const text = displayJson({ name });
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
        expect(JSON.parse(text)).toEqual({ name });
      }),
    );
  });
});
