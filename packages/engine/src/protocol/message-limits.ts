import { MAX_FRAME_PAYLOAD_BYTES } from './frame.ts';

/** The largest binary message of a lane: the largest frame, or packed small ones. */
export const MAX_LANE_MESSAGE_BYTES = MAX_FRAME_PAYLOAD_BYTES + 1024 * 1024;

/** The smallest pieces that a network cuts anything into (RFC 9293 section 3.7.1); a slow one delivers them one by one. */
const SMALLEST_SEGMENT_BYTES = 536;

/** How many pieces of a message are held until it is whole: its bytes, and not millions of pieces of one byte (ATTACKS.md A47). */
export function maxPieces(messageBytes: number): number {
  return Math.ceil(messageBytes / SMALLEST_SEGMENT_BYTES);
}
