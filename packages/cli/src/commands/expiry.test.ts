import { describe, expect, test } from 'vitest';
import { parseExpiry } from './expiry.ts';

const now = new Date('2026-01-02T03:04:05Z');

describe('parseExpiry', () => {
  test.each([
    ['12h', '2026-01-02T15:04:05.000Z'],
    ['30d', '2026-02-01T03:04:05.000Z'],
    ['2027-01-31T00:00:00Z', '2027-01-31T00:00:00.000Z'],
  ])('reads %s', (text, at) => {
    expect(parseExpiry(text, now)).toBe(at);
  });

  test.each(['', '0d', '5w', 'soon', '2025-01-01'])('refuses %j', (text) => {
    expect(() => parseExpiry(text, now)).toThrow(/--expires/);
  });
});
