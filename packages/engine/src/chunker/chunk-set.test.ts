import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkRangesSchema } from '../protocol/values.ts';
import { ChunkSet } from './chunk-set.ts';
import { MAX_CHUNKS } from './geometry.ts';

describe('ChunkSet', () => {
  test('is what a plain set is, for any order of chunks', () => {
    fc.assert(
      fc.property(totalAndIndices(), ({ total, indices }) => {
        const set = new ChunkSet(total);
        const model = new Set<number>();
        for (const index of indices) {
          expect(set.add(index)).toBe(!model.has(index));
          model.add(index);
          expect(set.count).toBe(model.size);
        }
        const all = Array.from({ length: total }, (_, index) => index);
        expect(all.filter((index) => set.has(index))).toEqual(all.filter((index) => model.has(index)));
        expect([...set.missing()]).toEqual(all.filter((index) => !model.has(index)));
        expect([...set.indices()]).toEqual(all.filter((index) => model.has(index)));
        expect(set.isComplete).toBe(model.size === total);
      }),
    );
  });

  test('survives the way through ranges, which are as few as can be', () => {
    fc.assert(
      fc.property(totalAndIndices(), ({ total, indices }) => {
        const set = new ChunkSet(total);
        for (const index of indices) set.add(index);

        const ranges = set.toRanges();
        const again = ChunkSet.fromRanges(total, ranges);

        expect([...again.missing()]).toEqual([...set.missing()]);
        expect(again.count).toBe(set.count);
        expect(chunkRangesSchema.safeParse(ranges).success).toBe(true);
        for (const [position, [first, count]] of ranges.entries()) {
          expect(set.has(first - 1)).toBe(false);
          expect(set.has(first + count)).toBe(false);
          expect(first).toBeGreaterThan(ranges[position - 1]?.[0] ?? -1);
        }
      }),
    );
  });

  test('of a file without chunks is complete', () => {
    const set = new ChunkSet(0);

    expect(set.isComplete).toBe(true);
    expect(set.toRanges()).toEqual([]);
    expect([...set.missing()]).toEqual([]);
  });

  test('holds all 65,536 chunks of the largest file, and says so in one range', () => {
    const set = new ChunkSet(MAX_CHUNKS);
    for (let index = MAX_CHUNKS - 1; index >= 0; index -= 1) set.add(index);

    expect(set.isComplete).toBe(true);
    expect(set.toRanges()).toEqual([[0, MAX_CHUNKS]]);
  });

  test('says every second chunk of the largest file in ranges that a message takes', () => {
    const set = new ChunkSet(MAX_CHUNKS);
    for (let index = 0; index < MAX_CHUNKS; index += 2) set.add(index);

    expect(chunkRangesSchema.parse(set.toRanges())).toHaveLength(MAX_CHUNKS / 2);
  });

  test.each([-1, 9, 10, 0.5, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.NaN])('has no chunk %d of nine', (index) => {
    const set = ChunkSet.fromRanges(9, [[0, 9]]);

    expect(set.has(index)).toBe(false);
    expect(() => set.add(index)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
    expect(set.count).toBe(9);
  });

  test.each([-1, 0.5, Number.NaN, MAX_CHUNKS + 1, 2 ** 32, 2 ** 53])('refuses a total of %d', (total) => {
    expect(() => new ChunkSet(total)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });

  test.each<[why: string, ranges: [number, number][]]>([
    ['begin below zero', [[-1, 2]]],
    ['are empty', [[3, 0]]],
    ['have a negative length', [[3, -1]]],
    ['end behind the file', [[8, 3]]],
    ['begin behind the file', [[10, 1]]],
    ['have a length beyond any file', [[0, Number.MAX_SAFE_INTEGER]]],
    ['begin beyond 32 bits', [[2 ** 32, 1]]],
    ['overlap', [[0, 4], [3, 2]]], // biome-ignore format: ranges read best in one line
    ['touch', [[0, 4], [4, 2]]], // biome-ignore format: ranges read best in one line
    ['descend', [[5, 1], [0, 1]]], // biome-ignore format: ranges read best in one line
    ['repeat', [[5, 1], [5, 1]]], // biome-ignore format: ranges read best in one line
    ['begin between chunks', [[0.5, 1]]],
    ['have half a length', [[0, 1.5]]],
    ['are no numbers', [[Number.NaN, 1]]],
  ])('refuses ranges that %s', (_why, ranges) => {
    expect(() => ChunkSet.fromRanges(10, ranges)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });
});

function totalAndIndices() {
  return fc
    .integer({ min: 1, max: 200 })
    .chain((total) => fc.record({ total: fc.constant(total), indices: fc.array(fc.nat(total - 1)) }));
}
