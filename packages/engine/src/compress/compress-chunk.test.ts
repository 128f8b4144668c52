import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { codecFor } from './codecs.ts';
import { compressChunk } from './compress-chunk.ts';

describe('compressChunk', () => {
  test.each(['zstd', 'lz4'] as const)('makes text smaller with %s', async (wanted) => {
    const raw = Buffer.from('a line of text\n'.repeat(5000));

    const { compression, payload } = await compressChunk(wanted, raw);

    expect(compression).toBe(wanted);
    expect(payload.length).toBeLessThan(raw.length / 10);
    expect((await codecFor(compression).decompress(payload, raw.length)).equals(raw)).toBe(true);
  });

  test.each(['zstd', 'lz4'] as const)('leaves alone what %s does not make smaller', async (wanted) => {
    for (const raw of [randomBytes(100_000), Buffer.from('x')]) {
      expect(await compressChunk(wanted, raw)).toEqual({ compression: 'none', payload: raw });
    }
  });

  test('copies nothing when a chunk travels as it is', async () => {
    const raw = Buffer.from('raw');

    expect((await compressChunk('none', raw)).payload).toBe(raw);
  });
});
