import type { Codec } from './codec.ts';
import { assertRawLength, decodeExactly } from './corrupt-payload.ts';

/** Chunks as they are: the payload is the chunk, in the same memory. */
export const noneCodec: Codec = {
  name: 'none',
  compress: async (raw) => raw,
  decompress: async (payload, rawLength) => {
    assertRawLength('none', rawLength);
    return decodeExactly('none', rawLength, () => payload);
  },
};
