import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeFrames,
  encodeAckFrame,
  encodeChunkFrame,
  encodeNackFrame,
  FRAME_HEADER_BYTES,
  payloadIsIntact,
  sealChunkFrame,
} from './frame.ts';

const HELLO = Buffer.from('hello');
const DIGEST = createHash('sha256').update(HELLO).digest();
const BASE = { transfer: 7, chunkIndex: 0, attempt: 1, rawLength: 5, digest: DIGEST };
const CHUNK = { ...BASE, compression: 'none', last: true } as const;

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const base = fc.record({
  transfer: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  chunkIndex: uint32,
  attempt: uint32,
  rawLength: fc.integer({ min: 1, max: 64 * 1024 * 1024 }),
  digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
});
const chunk = fc
  .record({
    header: base,
    last: fc.boolean(),
    compression: fc.constantFrom('none', 'zstd', 'lz4'),
    payload: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  })
  .map(({ header, last, compression, payload }) => {
    const rawLength = compression === 'none' ? payload.length : header.rawLength;
    const fields = { ...header, rawLength, last, compression };
    return { bytes: encodeChunkFrame(fields, payload), frame: { kind: 'chunk', ...fields, payload } };
  });
const ack = base.map((fields) => ({ bytes: encodeAckFrame(fields), frame: { kind: 'ack', ...fields } }));
const nack = fc
  .tuple(base, fc.constantFrom('damagedOnTheWay', 'undecodable', 'digestMismatch'))
  .map(([fields, reason]) => ({
    bytes: encodeNackFrame({ ...fields, reason }),
    frame: { kind: 'nack', ...fields, reason },
  }));
const messages = fc.array(fc.oneof(chunk, ack, nack), { maxLength: 8 });

describe('frames', () => {
  test('come back as they were written, any number in one message', () => {
    fc.assert(
      fc.property(messages, (written) => {
        const decoded = decodeFrames(Buffer.concat(written.map(({ bytes }) => bytes)));

        expect(decoded).toHaveLength(written.length);
        for (const [position, { frame, bytes }] of decoded.entries()) {
          expect(frame).toMatchObject(written[position]?.frame ?? {});
          expect(bytes.equals(written[position]?.bytes ?? Buffer.alloc(0))).toBe(true);
          if (frame.kind === 'chunk') expect(payloadIsIntact(frame)).toBe(true);
        }
      }),
    );
  });

  test('share their memory with the message: nothing is copied or allocated', () => {
    const message = Buffer.concat([encodeAckFrame(BASE), encodeChunkFrame(CHUNK, HELLO)]);

    for (const { frame, bytes } of decodeFrames(message)) {
      expect(bytes.buffer).toBe(message.buffer);
      expect(frame.digest.buffer).toBe(message.buffer);
      if (frame.kind === 'chunk') expect(frame.payload.buffer).toBe(message.buffer);
    }
  });

  test('are the bytes of the example in PROTOCOL.md', () => {
    expect(encodeAckFrame(BASE).toString('hex')).toBe(
      '46524c310200000000000000000000070000000000000001000000050000000000000000565b3b15' +
        '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    );
  });

  test('sealed in place are those that were copied together', () => {
    const target = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), HELLO]);
    sealChunkFrame(target, CHUNK);

    expect(target.equals(encodeChunkFrame(CHUNK, HELLO))).toBe(true);
    expect(() => sealChunkFrame(Buffer.alloc(FRAME_HEADER_BYTES - 1), CHUNK)).toThrow(RangeError);
  });

  test('with a damaged payload are read, and known to be damaged', () => {
    const message = encodeChunkFrame(CHUNK, HELLO);
    message.writeUInt8(message.readUInt8(FRAME_HEADER_BYTES) ^ 1, FRAME_HEADER_BYTES);

    const [decoded] = decodeFrames(message);

    expect(decoded?.frame.kind === 'chunk' && payloadIsIntact(decoded.frame)).toBe(false);
  });

  test.each([0, 31, 33])(
    'are not written with a digest of %i bytes, which would show or overwrite other memory',
    (length) => {
      const digest = Buffer.alloc(length);

      expect(() => encodeAckFrame({ ...BASE, digest })).toThrow(RangeError);
      expect(() => encodeNackFrame({ ...BASE, digest, reason: 'undecodable' })).toThrow(RangeError);
      expect(() => encodeChunkFrame({ ...CHUNK, digest }, HELLO)).toThrow(RangeError);
    },
  );
});
