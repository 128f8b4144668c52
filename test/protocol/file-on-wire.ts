import { chunkFrame, LAST_CHUNK, sha256 } from './frame.ts';
import type { Attempt } from './messages.ts';

const CHUNK_BYTES = 1024 * 1024;

/** A file as its source sends it: chunks of 1 MiB in order, as they are, then `sent`. */
export function fileOnWire(
  content: Buffer,
  { transfer, attempt }: Attempt,
): { readonly frames: readonly Buffer[]; readonly sent: object } {
  const count = Math.ceil(content.length / CHUNK_BYTES);
  const chunks = Array.from({ length: count }, (_, index) =>
    content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
  const frames = chunks.map((raw, chunkIndex) =>
    chunkFrame(raw, { transfer, attempt, chunkIndex, flags: chunkIndex === count - 1 ? LAST_CHUNK : 0 }),
  );
  const chunkListHash = sha256(...chunks.map((raw) => sha256(raw))).toString('hex');
  const fileHash = sha256(content).toString('hex');
  return { frames, sent: { type: 'sent', transfers: [{ transfer, attempt, fileHash, chunkListHash }] } };
}
