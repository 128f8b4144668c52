import type { IncomingMessage } from 'node:http';
import { FerryError } from '@ferryline/engine';

/** So many pieces are held until they are put together: whoever sends bytes one by one costs those bytes, and not an object for each. */
const MAX_PIECES = 1_024;

/**
 * Reads the body of a request to its end (ATTACKS.md A47).
 *
 * @param limitBytes what it may have
 * @throws FerryError TOO_LARGE when it says that it has more, or as soon as more has come, and can be answered still; TIMEOUT when it
 * breaks off
 */
export async function wholeBody(body: IncomingMessage, limitBytes: number): Promise<Buffer> {
  if (Number(body.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const blocks: Buffer[] = [];
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of arriving(body)) {
    bytes += piece.length;
    if (bytes > limitBytes) throw tooLarge(limitBytes);
    pieces.push(piece);
    if (pieces.length === MAX_PIECES) {
      blocks.push(Buffer.concat(pieces));
      pieces = [];
    }
  }
  return Buffer.concat([...blocks, ...pieces], bytes);
}

/** The pieces of a body. That its sender breaks off is no failure of the hub. */
async function* arriving(body: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* body.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw new FerryError('TIMEOUT', 'The body broke off before it was whole.', { cause });
  }
}

function tooLarge(limitBytes: number): FerryError {
  return new FerryError('TOO_LARGE', `The body has more than ${limitBytes} bytes.`);
}
