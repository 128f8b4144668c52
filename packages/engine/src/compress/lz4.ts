import { compress, uncompress } from 'lz4-napi';
import type { Codec } from './codec.ts';
import { corruptPayload } from './corrupt-payload.ts';

const SIZE_PREFIX_BYTES = 4;

/** An LZ4 block behind its raw length, 32 bits little-endian (what Python's `lz4.block` calls `store_size=True`). */
export const lz4Codec: Codec = {
  name: 'lz4',
  compress: (raw) => compress(raw),
  decompress: async (payload, rawLength) => {
    if (payload.length < SIZE_PREFIX_BYTES) throw corruptPayload('lz4', rawLength, 'it is cut short');
    // The decoder allocates what the prefix says: it is believed only when it says what the frame's header said.
    const claimed = payload.readUInt32LE(0);
    if (claimed !== rawLength) throw corruptPayload('lz4', rawLength, `it claims ${claimed}`);
    let raw: Buffer;
    try {
      raw = await uncompress(payload);
    } catch (cause) {
      throw corruptPayload('lz4', rawLength, cause instanceof Error ? cause.message : String(cause), cause);
    }
    if (raw.length !== rawLength) throw corruptPayload('lz4', rawLength, `it holds ${raw.length}`);
    return raw;
  },
};
