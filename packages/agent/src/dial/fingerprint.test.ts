import { describe, expect, test } from 'vitest';
import { parseFingerprint } from './fingerprint.ts';

const printed = `sha256:${'0A:'.repeat(31)}FF`;

describe('parseFingerprint', () => {
  test.each([
    printed,
    ` ${printed}\n`,
    printed.toLowerCase(),
    printed.replace('sha256:', ''),
    `SHA256:${'0a'.repeat(31)}ff`,
  ])('reads %j', (text) => {
    expect(parseFingerprint(text)).toBe(printed);
  });

  test.each([
    '',
    'sha256:',
    printed.slice(0, -2),
    `${printed}00`,
    `sha1:${'0A:'.repeat(19)}FF`,
    printed.replace('FF', 'FG'),
  ])('refuses %j, and says where a fingerprint comes from', (text) => {
    expect(() => parseFingerprint(text)).toThrow(/--pin .* as the hub prints it at start/);
  });
});
