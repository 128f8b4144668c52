import { describe, expect, test } from 'vitest';
import { displayRoom, isLow } from './disk.ts';

const GIB = 1024 ** 3;
const roomy = { freeBytes: 50 * GIB, totalBytes: 100 * GIB, freeInodes: 500, totalInodes: 1000 };

describe('isLow', () => {
  test.each([
    ['half of everything', {}, false],
    ['2 GiB of a small disk', { freeBytes: 2 * GIB, totalBytes: 3 * GIB }, false],
    ['less than 2 GiB', { freeBytes: 2 * GIB - 1, totalBytes: 3 * GIB }, true],
    ['less than 5 % of a large disk', { freeBytes: 49 * GIB, totalBytes: 1000 * GIB }, true],
    ['5 % of a large disk', { freeBytes: 50 * GIB, totalBytes: 1000 * GIB }, false],
    ['hardly an inode', { freeInodes: 49 }, true],
    ['inodes that nobody counts', { freeInodes: 0, totalInodes: 0 }, false],
  ])('of %s free', (_which, room, expected) => {
    expect(isLow({ ...roomy, ...room })).toBe(expected);
  });
});

describe('displayRoom', () => {
  test('names bytes, their share, and inodes where they are counted', () => {
    expect(displayRoom(roomy)).toBe('50.0 GiB (50 %) and 50 % of the inodes free');
    expect(displayRoom({ ...roomy, totalInodes: 0 })).toBe('50.0 GiB (50 %) free');
    expect(displayRoom({ freeBytes: 0, totalBytes: 0, freeInodes: 0, totalInodes: 0 })).toBe('0 B (0 %) free');
  });
});
