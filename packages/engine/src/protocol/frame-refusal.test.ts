import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrames, encodeAckFrame, encodeChunkFrame, encodeNackFrame, FRAME_HEADER_BYTES } from './frame.ts';

const BASE = { transfer: 7, chunkIndex: 0, attempt: 1, rawLength: 5, digest: Buffer.alloc(32, 1) };
const chunkFrame = (compression: 'none' | 'zstd' = 'none'): Buffer =>
  encodeChunkFrame({ ...BASE, compression, last: true }, Buffer.from('hello'));
const ackFrame = (): Buffer => encodeAckFrame(BASE);
const nackFrame = (): Buffer => encodeNackFrame({ ...BASE, reason: 'undecodable' });

describe('F31: a receiver refuses', () => {
  test('a frame when any one bit of its header is flipped', () => {
    const message = chunkFrame();
    for (let bit = 0; bit < FRAME_HEADER_BYTES * 8; bit += 1) {
      const flipped = Buffer.from(message);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => decodeFrames(flipped)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
    }
  });

  test('a message that ends within a frame, wherever', () => {
    const message = Buffer.concat([ackFrame(), chunkFrame()]);
    for (let length = 1; length < message.length; length += 1) {
      if (length === FRAME_HEADER_BYTES) continue;
      expect(() => decodeFrames(message.subarray(0, length))).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
    }
  });

  // Each of these has a header CRC that is right: a peer that means it.
  test.each<[what: string, frame: Buffer, forge: (frame: Buffer) => void]>([
    ['another magic', chunkFrame(), (frame) => frame.write('FRL2')],
    ['kind 0', chunkFrame(), (frame) => frame.writeUInt8(0, 4)],
    ['kind 4', ackFrame(), (frame) => frame.writeUInt8(4, 4)],
    ['compression 3', chunkFrame(), (frame) => frame.writeUInt8(3, 5)],
    ['nack reason 0', nackFrame(), (frame) => frame.writeUInt8(0, 5)],
    ['nack reason 4', nackFrame(), (frame) => frame.writeUInt8(4, 5)],
    ['a reason in an ack', ackFrame(), (frame) => frame.writeUInt8(1, 5)],
    ['flags of a later version', chunkFrame(), (frame) => frame.writeUInt16BE(3, 6)],
    ['the highest flag', chunkFrame(), (frame) => frame.writeUInt16BE(0x8000, 6)],
    ['flags in an ack', ackFrame(), (frame) => frame.writeUInt16BE(1, 6)],
    ['transfer 0', chunkFrame(), (frame) => frame.writeBigUInt64BE(0n, 8)],
    ['transfer 2^53', chunkFrame(), (frame) => frame.writeBigUInt64BE(2n ** 53n, 8)],
    ['transfer 2^64 - 1', ackFrame(), (frame) => frame.writeBigUInt64BE(2n ** 64n - 1n, 8)],
    ['A46: a chunk of no bytes', chunkFrame('zstd'), (frame) => frame.writeUInt32BE(0, 24)],
    ['A46: a chunk beyond 64 MiB', chunkFrame('zstd'), (frame) => frame.writeUInt32BE(64 * 1024 * 1024 + 1, 24)],
    ['A46: a raw length of 2^32 - 1', ackFrame(), (frame) => frame.writeUInt32BE(0xffff_ffff, 24)],
    ['an uncompressed chunk of another length', chunkFrame(), (frame) => frame.writeUInt32BE(6, 24)],
    ['one payload byte too many', chunkFrame('zstd'), (frame) => frame.writeUInt32BE(6, 28)],
    ['A46: a wire length of 2^32 - 1', chunkFrame(), (frame) => frame.writeUInt32BE(0xffff_ffff, 28)],
    ['A46: a wire length that wraps around', chunkFrame(), (frame) => frame.writeUInt32BE(0xffff_ffff - 71, 28)],
    ['a payload shorter than the rest', chunkFrame('zstd'), (frame) => frame.writeUInt32BE(4, 28)],
  ])('%s', (_what, frame, forge) => {
    forge(frame);
    fixHeaderCrc(frame);

    expect(() => decodeFrames(frame)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });

  test('an ack that carries a payload', () => {
    const frame = Buffer.concat([ackFrame(), Buffer.from('hello')]);
    frame.writeUInt32BE(5, 28);
    fixHeaderCrc(frame);

    expect(() => decodeFrames(frame)).toThrow('carries no payload');
  });

  test('the second frame of a message by its place', () => {
    const message = Buffer.concat([ackFrame(), Buffer.alloc(FRAME_HEADER_BYTES)]);

    expect(() => decodeFrames(message)).toThrow('at byte 72');
  });

  test('any bytes with PROTOCOL, and never otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expectDecodedOrRefused(Buffer.from(bytes))),
      { numRuns: 2000 },
    );
  });

  test('mutated messages with PROTOCOL, and never otherwise, also when their header CRC is right', () => {
    const message = Buffer.concat([chunkFrame('zstd'), ackFrame(), nackFrame(), chunkFrame()]);
    const changes = fc.array(fc.tuple(fc.nat(message.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(changes, fc.nat(message.length), fc.boolean(), (bytes, end, mends) => {
        const mutated = Buffer.from(message.subarray(0, end));
        for (const [at, byte] of bytes) if (at < mutated.length) mutated[at] = byte;
        if (mends && mutated.length >= FRAME_HEADER_BYTES) fixHeaderCrc(mutated);
        expectDecodedOrRefused(mutated);
      }),
      { numRuns: 5000 },
    );
  });
});

/** What was decoded covers the message exactly, in its own memory. */
function expectDecodedOrRefused(message: Buffer): void {
  let decoded: ReturnType<typeof decodeFrames>;
  try {
    decoded = decodeFrames(message);
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'FerryError', code: 'PROTOCOL' });
    return;
  }
  expect(decoded.reduce((bytes, frame) => bytes + frame.bytes.length, 0)).toBe(message.length);
  for (const { bytes } of decoded) expect(bytes.buffer).toBe(message.buffer);
}

function fixHeaderCrc(frame: Buffer): void {
  frame.writeUInt32BE(crc32(frame.subarray(40, FRAME_HEADER_BYTES), crc32(frame.subarray(0, 36))), 36);
}
