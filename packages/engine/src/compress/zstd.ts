import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { Codec } from './codec.ts';
import { corruptPayload } from './corrupt-payload.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** About 220 MiB/s a core on text; higher levels cost more time than the wire they save. */
const LEVEL = 1;

/** One zstd frame (RFC 8878) in the thread pool. */
export const zstdCodec: Codec = {
  name: 'zstd',
  compress: (raw) => compress(raw, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } }),
  decompress: async (payload, rawLength) => {
    let raw: Buffer;
    try {
      // zlib stops at this many bytes, before it has made more.
      raw = await decompress(payload, { maxOutputLength: Math.max(1, rawLength) });
    } catch (cause) {
      throw corruptPayload('zstd', rawLength, cause instanceof Error ? cause.message : String(cause), cause);
    }
    if (raw.length !== rawLength) throw corruptPayload('zstd', rawLength, `it holds ${raw.length}`);
    return raw;
  },
};
