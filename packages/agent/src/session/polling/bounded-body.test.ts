import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { boundedBody } from './bounded-body.ts';

function response(pieces: Iterable<Buffer>, headers: IncomingMessage['headers'] = {}): IncomingMessage {
  return Object.assign(Readable.from(pieces, { objectMode: false, highWaterMark: 1 }), {
    headers,
  }) as unknown as IncomingMessage;
}

function* pieces(count: number, piece: Buffer): Generator<Buffer> {
  for (let at = 0; at < count; at += 1) yield piece;
}

describe('boundedBody', () => {
  test.each([
    ['of stated length', { 'content-length': '100000' }],
    ['of any length', {}],
  ])('is the whole body %s', async (_which, headers) => {
    const body = await boundedBody(response(pieces(10_000, Buffer.from('0123456789')), headers), 100_000);

    expect(body.toString()).toBe('0123456789'.repeat(10_000));
  });

  test('refuses one byte more, as soon as that is known', async () => {
    const slow = response(pieces(1, Buffer.alloc(10)), { 'content-length': '11' });

    await expect(boundedBody(slow, 10)).rejects.toMatchObject({ code: 'PROTOCOL' });
    await expect(boundedBody(response(pieces(11, Buffer.alloc(1))), 10)).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect(slow.destroyed).toBe(true);
  });

  test('A47: is copied together piece by piece: no piece is held', async () => {
    const reused = Buffer.alloc(1);
    function* counted(): Generator<Buffer> {
      for (let byte = 0; byte < 200; byte += 1) {
        reused.writeUInt8(byte);
        yield reused;
      }
    }

    const body = await boundedBody(response(counted()), 200);

    expect([...body]).toEqual(Array.from({ length: 200 }, (_none, byte) => byte));
  });
});
