import { FerryError } from '../error/ferry-error.ts';

/** How a file is cut: one function for each question, so that every party answers it alike (ATTACKS.md A50). */

const MIB = 1024 * 1024;
export const MIN_CHUNK_BYTES = MIB;
export const MAX_CHUNK_BYTES = 64 * MIB;
/** Keeps the record of which chunks are held within 8 KiB, and the list of their hashes within 2 MiB. */
export const MAX_CHUNKS = 65_536;
export const MAX_FILE_BYTES = MAX_CHUNK_BYTES * MAX_CHUNKS;

/**
 * The chunk size for a file: 1 MiB up to 64 GiB, then the next power of two that keeps it within 65,536 chunks.
 *
 * @throws FerryError TOO_LARGE above 4 TiB, the largest file of protocol version 1.
 */
export function chunkSizeFor(sizeBytes: number): number {
  assertSize(sizeBytes);
  if (sizeBytes > MAX_FILE_BYTES) {
    throw new FerryError('TOO_LARGE', `A file of ${sizeBytes} bytes is beyond the limit of 4 TiB for one transfer.`, {
      details: { sizeBytes, limitBytes: MAX_FILE_BYTES },
    });
  }
  let chunkSize = MIN_CHUNK_BYTES;
  while (chunkSize * MAX_CHUNKS < sizeBytes) chunkSize *= 2;
  return chunkSize;
}

/**
 * How many chunks a file has; none when it is empty.
 *
 * @throws FerryError PROTOCOL when they would be more than 65,536: what is kept for each chunk stays bounded, whatever a peer says.
 */
export function chunkCount(sizeBytes: number, chunkSize: number): number {
  assertSize(sizeBytes);
  assertChunkSize(chunkSize);
  const count = Math.ceil(sizeBytes / chunkSize);
  if (count <= MAX_CHUNKS) return count;
  throw new FerryError(
    'PROTOCOL',
    `A file of ${sizeBytes} bytes in chunks of ${chunkSize} has more than 65,536 chunks.`,
  );
}

/** Where a chunk lies in its file, in bytes; only the last one may be shorter than `chunkSize`. @throws FerryError PROTOCOL for an index that the file does not have. */
export function chunkExtent(
  sizeBytes: number,
  chunkSize: number,
  index: number,
): { readonly offset: number; readonly length: number } {
  const count = chunkCount(sizeBytes, chunkSize);
  if (!Number.isSafeInteger(index) || index < 0 || index >= count) {
    throw new FerryError('PROTOCOL', `There is no chunk ${index} in a file of ${count} chunks.`);
  }
  const offset = index * chunkSize;
  return { offset, length: Math.min(chunkSize, sizeBytes - offset) };
}

function assertSize(sizeBytes: number): void {
  if (Number.isSafeInteger(sizeBytes) && sizeBytes >= 0) return;
  throw new FerryError('PROTOCOL', `${sizeBytes} is not a file size in bytes.`);
}

function assertChunkSize(chunkSize: number): void {
  if (Number.isSafeInteger(chunkSize) && chunkSize > 0 && chunkSize <= MAX_CHUNK_BYTES) return;
  throw new FerryError('PROTOCOL', `${chunkSize} is not a chunk size: it is 1 byte to 64 MiB.`);
}
