import { MAX_CHUNK_BYTES } from '../chunker/geometry.ts';
import { FerryError } from '../error/ferry-error.ts';
import type { Compression } from '../protocol/frame.ts';

/** The error for a payload that cannot be what its header says. */
export function corruptPayload(name: Compression, rawLength: number, why: string, cause?: unknown): FerryError {
  return new FerryError('CHUNK_CORRUPT', `A ${name} payload does not hold the ${rawLength} bytes it states: ${why}.`, {
    cause,
  });
}

/** Refuses a raw length that no chunk has, before anything of that size is made. @throws FerryError CHUNK_CORRUPT. */
export function assertRawLength(name: Compression, rawLength: number): void {
  if (Number.isSafeInteger(rawLength) && rawLength >= 1 && rawLength <= MAX_CHUNK_BYTES) return;
  throw corruptPayload(name, rawLength, 'a chunk is 1 byte to 64 MiB long');
}

/** What `decode` makes of a payload, when that is exactly `rawLength` bytes. @throws FerryError CHUNK_CORRUPT. */
export async function decodeExactly(
  name: Compression,
  rawLength: number,
  decode: () => Buffer | Promise<Buffer>,
): Promise<Buffer> {
  let raw: Buffer;
  try {
    raw = await decode();
  } catch (cause) {
    throw corruptPayload(name, rawLength, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (raw.length !== rawLength) throw corruptPayload(name, rawLength, `it holds ${raw.length}`);
  return raw;
}
