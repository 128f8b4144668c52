import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FerryError } from '../error/ferry-error.ts';
import { chunkCount, chunkExtent, chunkSizeFor, MAX_CHUNK_BYTES, MAX_CHUNKS, MIN_CHUNK_BYTES } from './geometry.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

describe('chunkSizeFor', () => {
  test.each([
    [0, MIB],
    [1, MIB],
    [64 * GIB, MIB],
    [64 * GIB + 1, 2 * MIB],
    [128 * GIB, 2 * MIB],
    [128 * GIB + 1, 4 * MIB],
    [2 * TIB + 1, 64 * MIB],
    [4 * TIB, 64 * MIB],
  ])('cuts a file of %i bytes into chunks of %i', (sizeBytes, chunkSize) => {
    expect(chunkSizeFor(sizeBytes)).toBe(chunkSize);
  });

  test('F61: refuses a file beyond 4 TiB and names the limit', () => {
    const refusal = thrownBy(() => chunkSizeFor(4 * TIB + 1));

    expect(refusal.code).toBe('TOO_LARGE');
    expect(refusal.message).toContain('4 TiB');
  });

  test('is the smallest power of two from 1 MiB that keeps any file within 65,536 chunks', () => {
    fc.assert(
      fc.property(fc.maxSafeNat().map(within4TiB), (sizeBytes) => {
        const chunkSize = chunkSizeFor(sizeBytes);
        expect(Number.isInteger(Math.log2(chunkSize))).toBe(true);
        expect(chunkSize).toBeGreaterThanOrEqual(MIN_CHUNK_BYTES);
        expect(chunkSize).toBeLessThanOrEqual(MAX_CHUNK_BYTES);
        expect(chunkCount(sizeBytes, chunkSize)).toBeLessThanOrEqual(MAX_CHUNKS);
        if (chunkSize > MIN_CHUNK_BYTES) expect(Math.ceil(sizeBytes / (chunkSize / 2))).toBeGreaterThan(MAX_CHUNKS);
      }),
    );
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %d as a size', (sizeBytes) => {
    expect(thrownBy(() => chunkSizeFor(sizeBytes)).code).toBe('PROTOCOL');
  });
});

describe('chunkCount', () => {
  test.each([
    [0, MIB, 0],
    [1, MIB, 1],
    [MIB - 1, MIB, 1],
    [MIB, MIB, 1],
    [MIB + 1, MIB, 2],
    [2 ** 32 - 1, MIB, 4096],
    [2 ** 32, MIB, 4096],
    [2 ** 32 + 1, MIB, 4097],
    [64 * GIB, MIB, 65_536],
    [4 * TIB - 1, 64 * MIB, 65_536],
    [10, 3, 4],
  ])('a file of %i bytes in chunks of %i has %i', (sizeBytes, chunkSize, count) => {
    expect(chunkCount(sizeBytes, chunkSize)).toBe(count);
  });

  test('refuses a geometry of more than 65,536 chunks', () => {
    expect(thrownBy(() => chunkCount(65_537, 1)).code).toBe('PROTOCOL');
    expect(thrownBy(() => chunkCount(Number.MAX_SAFE_INTEGER, 64 * MIB)).code).toBe('PROTOCOL');
  });

  test.each([0, -1, 0.5, Number.NaN, 64 * MIB + 1, 2 ** 32])('refuses %d as a chunk size', (chunkSize) => {
    expect(thrownBy(() => chunkCount(10, chunkSize)).code).toBe('PROTOCOL');
  });
});

describe('chunkExtent', () => {
  test('F60: has exact offsets beyond 4 GiB', () => {
    const sizeBytes = 2 ** 32 + 1;

    expect(chunkExtent(sizeBytes, MIB, 4095)).toEqual({ offset: 2 ** 32 - MIB, length: MIB });
    expect(chunkExtent(sizeBytes, MIB, 4096)).toEqual({ offset: 2 ** 32, length: 1 });
  });

  test('reaches the last of 65,536 chunks of the largest file', () => {
    expect(chunkExtent(4 * TIB, 64 * MIB, 65_535)).toEqual({ offset: 4 * TIB - 64 * MIB, length: 64 * MIB });
  });

  test('covers every byte of a file once', () => {
    const geometry = fc
      .tuple(fc.integer({ min: 1, max: 64 * MIB }), fc.integer({ min: 0, max: 300 }), fc.nat(64 * MIB))
      .map(([chunkSize, chunks, rest]) => ({ chunkSize, sizeBytes: chunkSize * chunks + (rest % chunkSize) }));
    fc.assert(
      fc.property(geometry, ({ chunkSize, sizeBytes }) => {
        let end = 0;
        for (let index = 0; index < chunkCount(sizeBytes, chunkSize); index += 1) {
          const { offset, length } = chunkExtent(sizeBytes, chunkSize, index);
          expect(offset).toBe(end);
          expect(length).toBeGreaterThan(0);
          expect(length).toBeLessThanOrEqual(chunkSize);
          end += length;
        }
        expect(end).toBe(sizeBytes);
      }),
    );
  });

  test.each([
    [0, 0],
    [MIB, 1],
    [MIB + 1, 2],
    [MIB, -1],
    [MIB, 0.5],
    [MIB, Number.NaN],
    [MIB, 2 ** 32],
  ])('a file of %i bytes has no chunk %d', (sizeBytes, index) => {
    expect(thrownBy(() => chunkExtent(sizeBytes, MIB, index)).code).toBe('PROTOCOL');
  });
});

function within4TiB(value: number): number {
  return value % (4 * TIB + 1);
}

function thrownBy(act: () => unknown): FerryError {
  try {
    act();
  } catch (thrown) {
    return FerryError.from(thrown);
  }
  throw new Error('nothing was thrown');
}
