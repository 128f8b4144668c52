import type { IncomingMessage } from 'node:http';
import { FerryError } from '@ferryline/engine';

const FIRST_BYTES = 16 * 1024;

/**
 * The body of an answer, whole. What is larger is left as soon as that is known. It is copied together as it comes: pieces of one byte
 * cost no more than others (ATTACKS.md A47).
 *
 * @throws FerryError PROTOCOL when it is larger; what the system says when it ends before its end
 */
export async function boundedBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const statedBytes = Number(response.headers['content-length'] ?? 0);
  if (statedBytes > maxBytes) {
    response.destroy();
    throw tooLarge(maxBytes);
  }
  let body: Buffer = Buffer.allocUnsafeSlow(statedBytes || Math.min(FIRST_BYTES, maxBytes));
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    const needed = bytes + piece.length;
    if (needed > maxBytes) throw tooLarge(maxBytes);
    if (needed > body.length) body = enlarged(body, Math.min(Math.max(needed, 2 * body.length), maxBytes));
    piece.copy(body, bytes);
    bytes = needed;
  }
  return body.subarray(0, bytes);
}

function enlarged(body: Buffer, bytes: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(bytes);
  body.copy(larger);
  return larger;
}

function tooLarge(maxBytes: number): FerryError {
  return new FerryError('PROTOCOL', `The hub answered with more than ${maxBytes} bytes.`);
}
