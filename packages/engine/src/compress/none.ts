import type { Codec } from './codec.ts';
import { corruptPayload } from './corrupt-payload.ts';

/** Chunks as they are. */
export const noneCodec: Codec = {
  name: 'none',
  compress: async (raw) => raw,
  decompress: async (payload, rawLength) => {
    if (payload.length !== rawLength) throw corruptPayload('none', rawLength, `it is ${payload.length} bytes long`);
    return payload;
  },
};
