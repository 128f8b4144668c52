import { hash } from 'node:crypto';
import { type ChunkFrame, decodeFrames, encodeChunkFrame, type TransferRef } from '@ferryline/engine';

/** A chunk frame as it comes off a lane, for tests: its content is as long as asked for, and follows from its name. */
export function exampleFrame(
  { transfer, attempt }: TransferRef,
  chunkIndex: number,
  content: Buffer = exampleContent(`${transfer}.${attempt}.${chunkIndex}`, 1_000),
): { readonly frame: ChunkFrame; readonly bytes: Buffer } {
  const digest = hash('sha256', content, 'buffer');
  const header = { transfer, attempt, chunkIndex, rawLength: content.length, digest } as const;
  const [decoded] = decodeFrames(encodeChunkFrame({ ...header, compression: 'none', last: false }, content));
  if (decoded?.frame.kind !== 'chunk') throw new Error('what was encoded as a chunk is decoded as one');
  return { frame: decoded.frame, bytes: decoded.bytes };
}

/** Bytes that no compression makes shorter, the same for the same name. */
export function exampleContent(name: string, length: number): Buffer {
  return hash('shake256', name, { outputEncoding: 'buffer', outputLength: length });
}
