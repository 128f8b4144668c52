import { expect, test } from 'vitest';
import { hasInvisible, visibleText } from './visible-text.ts';

test.each([
  ['kim@example.com', 'kim@example.com'],
  ['admin\0x', 'admin\\u0000x'],
  ['admin\r\nforged line', 'admin\\u000d\\u000aforged line'],
  ['\u001b[2Jcleared', '\\u001b[2Jcleared'],
  ['\u202Egnp.exe', '\\u202egnp.exe'],
  ['half \ud800 pair', 'half \\ud800 pair'],
])('A5: %j is shown as %s', (text, shown) => {
  expect(visibleText(text, 100)).toBe(shown);
  expect(hasInvisible(text)).toBe(text !== shown);
});

test('a long text is cut, and never in the middle of a character', () => {
  expect(visibleText('😀😀😀', 2)).toBe('😀😀…');
  expect(visibleText('😀😀', 2)).toBe('😀😀');
});
