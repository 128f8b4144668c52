import { type ChunkFrame, decodeFrames, payloadIsIntact } from '@ferryline/engine';
import { FerryError } from '../../../domain/common/errors.ts';
import type { RelayClaim } from '../../../domain/transfer/relay-claim.ts';

/** The digest of a frame as claims have it. */
export function digestOf({ digest }: Pick<ChunkFrame, 'digest'>): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('hex');
}

/**
 * Checks that bytes that were read back are the frame that was stored (FAULTS.md P3, F37).
 *
 * @throws FerryError CHUNK_CORRUPT.
 */
export function assertIntact(bytes: Buffer, claim: RelayClaim): void {
  const why = damage(bytes, claim);
  if (why === undefined) return;
  const { transferId, attempt, chunkIndex } = claim;
  throw new FerryError(
    'CHUNK_CORRUPT',
    `Chunk ${chunkIndex} of transfer ${transferId} is damaged on the relay's disk: ${why}. It has to be sent again.`,
    { details: { transfer: transferId, attempt, chunkIndex } },
  );
}

function damage(bytes: Buffer, claim: RelayClaim): string | undefined {
  if (bytes.length < claim.frameLength) return `${bytes.length} of its ${claim.frameLength} bytes are there`;
  const frame = decoded(bytes);
  if (frame === undefined) return 'its header is not what was written';
  const isOther =
    frame.transfer !== claim.transferId ||
    frame.attempt !== claim.attempt ||
    frame.chunkIndex !== claim.chunkIndex ||
    digestOf(frame) !== claim.digest;
  if (isOther) return 'another frame lies in its place';
  return payloadIsIntact(frame) ? undefined : 'its bytes are not what was written (CRC-32 differs)';
}

function decoded(bytes: Buffer): ChunkFrame | undefined {
  try {
    const [first, ...more] = decodeFrames(bytes);
    return first?.frame.kind === 'chunk' && more.length === 0 ? first.frame : undefined;
  } catch {
    return undefined;
  }
}
