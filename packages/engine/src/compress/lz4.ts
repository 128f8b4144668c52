import { compress, compressSync, uncompress, uncompressSync } from 'lz4-napi';
import type { Codec } from './codec.ts';
import { assertRawLength, corruptPayload, decodeExactly } from './corrupt-payload.ts';
import { THREAD_POOL_PAYS_BYTES } from './thread-pool.ts';

const SIZE_PREFIX_BYTES = 4;
/** An LZ4 block cannot grow more: every byte of it adds at most 255 to a match length. */
const MAX_RATIO = 255;

/** An LZ4 block behind its raw length, 32 bits little-endian (what Python's `lz4.block` calls `store_size=True`). */
export const lz4Codec: Codec = {
  name: 'lz4',
  compress: async (raw) => (raw.length < THREAD_POOL_PAYS_BYTES ? compressSync(raw) : compress(raw)),
  decompress: async (payload, rawLength) => {
    assertRawLength('lz4', rawLength);
    if (payload.length <= SIZE_PREFIX_BYTES) throw corruptPayload('lz4', rawLength, 'it is cut short');
    // The decoder allocates what the prefix says: it is believed only when it says what the frame's header said.
    const claimed = payload.readUInt32LE(0);
    if (claimed !== rawLength) throw corruptPayload('lz4', rawLength, `it claims ${claimed}`);
    const blockBytes = payload.length - SIZE_PREFIX_BYTES;
    if (rawLength > blockBytes * MAX_RATIO)
      throw corruptPayload('lz4', rawLength, `${blockBytes} bytes of LZ4 hold less`);
    const isSmall = Math.max(payload.length, rawLength) < THREAD_POOL_PAYS_BYTES;
    return decodeExactly('lz4', rawLength, () => (isSmall ? uncompressSync(payload) : uncompress(payload)));
  },
};
