import { describe, expect, test } from 'vitest';
import { KeyRing, newKey, newKeyRing } from './key-ring.ts';

const start = new Date('2026-05-04T12:00:00.000Z');
const after = (minutes: number) => new Date(start.getTime() + minutes * 60_000);

describe('a key ring', () => {
  test('signs with its newest key, and verifies with those before until their tokens are gone', () => {
    const first = newKeyRing(start);
    const second = first.rotated(after(60));

    expect(second.signing.kid).not.toBe(first.signing.kid);
    expect(second.find(second.signing.kid, after(60))).toBe(second.signing.key);
    expect(second.find(first.signing.kid, after(74))).toBe(first.signing.key);
    expect(second.find(first.signing.kid, after(75))).toBeUndefined();
  });

  test('drops what aged out with the next rotation', () => {
    const ring = newKeyRing(start).rotated(after(60)).rotated(after(61)).rotated(after(200));

    expect(ring.keys).toHaveLength(2);
  });

  test('A11: knows no name but those of its keys', () => {
    const ring = newKeyRing(start);

    for (const kid of ['', '__proto__', '../../dev/null', `${ring.signing.kid} `]) {
      expect(ring.find(kid, start)).toBeUndefined();
    }
  });

  test('has exactly one key that signs', () => {
    expect(() => new KeyRing([])).toThrow(/exactly one/);
    expect(() => new KeyRing([newKey(start), newKey(start)])).toThrow(/exactly one/);
  });
});
