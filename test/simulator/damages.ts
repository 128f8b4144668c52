import { decodeFrames, encodeChunkFrame, FRAME_HEADER_BYTES, hashChunk } from '@ferryline/engine';

/** What may become of a chunk frame on its way. */

/** Its payload is damaged: its CRC-32 does not fit any more. */
export function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[FRAME_HEADER_BYTES] = (copy[FRAME_HEADER_BYTES] ?? 0) ^ 0xff;
  return copy;
}

/** Other bytes, and every checksum of the frame fits them: only the hash of the whole file does not. */
export function forged(bytes: Buffer): Buffer {
  const frame = decodeFrames(bytes)[0]?.frame;
  if (frame?.kind !== 'chunk') return bytes;
  const { transfer, attempt, chunkIndex, rawLength, compression, last } = frame;
  const payload = Buffer.from(frame.payload);
  payload[0] = (payload[0] ?? 0) ^ 0xff;
  const header = { transfer, attempt, chunkIndex, rawLength, compression, last, digest: hashChunk(payload) };
  return encodeChunkFrame(header, payload);
}
