import { describe, expect, test } from 'vitest';
import { lz4Codec } from './lz4.ts';

const MIB = 1024 * 1024;
const CORRUPT = expect.objectContaining({ code: 'CHUNK_CORRUPT' });
/** "hello" as an LZ4 block: a token of five literals, and no match. */
const HELLO_BLOCK = [0x50, ...Buffer.from('hello')];

describe('an lz4 payload', () => {
  test('is the raw length, 32 bits little-endian, and one LZ4 block', async () => {
    expect([...(await lz4Codec.compress(Buffer.from('hello')))]).toEqual([5, 0, 0, 0, ...HELLO_BLOCK]);
    expect(String(await lz4Codec.decompress(withPrefix(5, HELLO_BLOCK), 5))).toBe('hello');
  });

  test.each([0, 4, 6, 2 ** 31, 2 ** 32 - 1])('with a prefix of %i for five bytes is refused', async (prefix) => {
    await expect(lz4Codec.decompress(withPrefix(prefix, HELLO_BLOCK), 5)).rejects.toThrow(CORRUPT);
  });

  test('whose block holds less, or more, than prefix and header agree on is refused', async () => {
    await expect(lz4Codec.decompress(withPrefix(6, HELLO_BLOCK), 6)).rejects.toThrow(CORRUPT);
    await expect(lz4Codec.decompress(withPrefix(4, HELLO_BLOCK), 4)).rejects.toThrow(CORRUPT);
  });

  test('of a few bytes that claims 64 MiB is refused before the decoder takes memory for it', async () => {
    const liar = lz4Codec.decompress(withPrefix(64 * MIB, HELLO_BLOCK), 64 * MIB);

    await expect(liar).rejects.toThrow(CORRUPT);
    await expect(liar).rejects.toThrow('6 bytes of LZ4 hold less');
  });

  test('that refers to bytes before its beginning is refused', async () => {
    const outOfBounds = [0x10, 0x41, 0xff, 0xff, 0x50, ...Buffer.from('hello')];

    await expect(lz4Codec.decompress(withPrefix(10, outOfBounds), 10)).rejects.toThrow(CORRUPT);
  });

  test('may be as dense as LZ4 gets', async () => {
    const zeros = Buffer.alloc(64 * MIB);
    const payload = await lz4Codec.compress(zeros);

    expect(payload.length).toBeLessThan(zeros.length / 250);
    expect((await lz4Codec.decompress(payload, zeros.length)).equals(zeros)).toBe(true);
  });
});

function withPrefix(rawLength: number, block: readonly number[]): Buffer {
  const payload = Buffer.from([0, 0, 0, 0, ...block]);
  payload.writeUInt32LE(rawLength, 0);
  return payload;
}
