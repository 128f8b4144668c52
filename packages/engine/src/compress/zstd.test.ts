import { once } from 'node:events';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { zstdCodec } from './zstd.ts';

const MIB = 1024 * 1024;
const CORRUPT = expect.objectContaining({ code: 'CHUNK_CORRUPT' });

describe('a zstd bomb', () => {
  let bomb: Buffer;
  beforeAll(async () => {
    bomb = await zerosInZstd(1024);
    expect(bomb.length).toBeLessThan(64 * 1024);
  });

  test.each([1, 100, 1000, MIB, 64 * MIB])('A48: of 1 GiB is refused where %i bytes are stated', async (rawLength) => {
    await expect(zstdCodec.decompress(bomb, rawLength)).rejects.toThrow(CORRUPT);
  });

  test('A48: costs no more memory than the chunk it stands for', async () => {
    const before = process.memoryUsage.rss();
    let peak = before;

    for (let round = 0; round < 50; round += 1) {
      await expect(zstdCodec.decompress(bomb, MIB)).rejects.toThrow(CORRUPT);
      peak = Math.max(peak, process.memoryUsage.rss());
    }

    // Fifty times 1 MiB that the garbage collector may not have taken yet; the bomb itself would be 1,024.
    expect(peak - before).toBeLessThan(128 * MIB);
  });
});

describe('a zstd frame', () => {
  test('of a small chunk states its content size, so that it is decoded in one go', async () => {
    const payload = await zstdCodec.compress(Buffer.alloc(200, 'text'));

    // RFC 8878, 3.1.1.1.1: bit 5 is Single_Segment_flag, and the byte behind it the content size.
    expect((payload.readUInt8(4) & 0x20) !== 0).toBe(true);
    expect(payload.readUInt8(5)).toBe(200);
  });

  test('made by another program, at another level and without its size, is understood', async () => {
    const raw = Buffer.from('another implementation '.repeat(9000));
    const pieces: Buffer[] = [];
    const params = { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_checksumFlag]: 1 };
    const stream = createZstdCompress({ params }).on('data', (piece: Buffer) => pieces.push(piece));
    stream.write(raw.subarray(0, 1000));
    stream.end(raw.subarray(1000));
    await once(stream, 'end');

    expect((await zstdCodec.decompress(Buffer.concat(pieces), raw.length)).equals(raw)).toBe(true);
  });

  test.each([24, 27, 31])('that asks for a window of 2^%i bytes is refused', async (windowLog) => {
    await expect(zstdCodec.decompress(fiveTimesA(windowLog), 5)).rejects.toThrow(CORRUPT);
  });

  test('may ask for a window of 8 MiB', async () => {
    expect(String(await zstdCodec.decompress(fiveTimesA(23), 5))).toBe('AAAAA');
  });

  test('that states another content size than it has is refused', async () => {
    const payload = zstdCompressSync(Buffer.alloc(200, 'text'), { pledgedSrcSize: 200 });
    payload.writeUInt8(100, 5);

    await expect(zstdCodec.decompress(payload, 200)).rejects.toThrow(CORRUPT);
    await expect(zstdCodec.decompress(payload, 100)).rejects.toThrow(CORRUPT);
  });
});

/** A frame without content size: its window descriptor, then one last block of type RLE, five times "A". */
function fiveTimesA(windowLog: number): Buffer {
  return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (windowLog - 10) << 3, 0x2b, 0x00, 0x00, 0x41]);
}

async function zerosInZstd(mebibytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const stream = createZstdCompress().on('data', (piece: Buffer) => pieces.push(piece));
  const zeros = Buffer.alloc(MIB);
  for (let written = 0; written < mebibytes; written += 1) {
    if (!stream.write(zeros)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'end');
  return Buffer.concat(pieces);
}
