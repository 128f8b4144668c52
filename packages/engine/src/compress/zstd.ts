import { promisify } from 'node:util';
import {
  constants,
  type ZstdOptions,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import type { Codec } from './codec.ts';
import { assertRawLength, decodeExactly } from './corrupt-payload.ts';
import { THREAD_POOL_PAYS_BYTES } from './thread-pool.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** About 300 MiB/s a core on text; higher levels cost more time than the wire they save. */
const LEVEL = 1;
/** zlib makes its output in steps, each a trip to the thread pool: its own 16 KiB are 64 trips for a chunk of 1 MiB. */
const MAX_STEP_BYTES = 256 * 1024;
/** The least that zlib accepts as a step. */
const MIN_STEP_BYTES = 64;
/** Every decoder should take windows of 8 MiB (RFC 8878, 3.1.1.1.2); more is for chunks that are larger themselves. */
const MIN_WINDOW_LOG = 23;

/** One zstd frame (RFC 8878). */
export const zstdCodec: Codec = {
  name: 'zstd',
  compress: async (raw) => {
    const options: ZstdOptions = {
      params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
      // The frame then states its content size, and is decoded in one go, twice as fast.
      pledgedSrcSize: raw.length,
      chunkSize: Math.max(MIN_STEP_BYTES, Math.min(MAX_STEP_BYTES, raw.length)),
    };
    return raw.length < THREAD_POOL_PAYS_BYTES ? zstdCompressSync(raw, options) : compress(raw, options);
  },
  decompress: async (payload, rawLength) => {
    assertRawLength('zstd', rawLength);
    const options: ZstdOptions = {
      maxOutputLength: rawLength,
      // One buffer for the whole chunk, and a byte that only a payload of more than it states can fill.
      chunkSize: Math.max(MIN_STEP_BYTES, rawLength + 1),
      params: { [constants.ZSTD_d_windowLogMax]: Math.max(MIN_WINDOW_LOG, Math.ceil(Math.log2(rawLength))) },
    };
    const isSmall = Math.max(payload.length, rawLength) < THREAD_POOL_PAYS_BYTES;
    return decodeExactly('zstd', rawLength, () =>
      isSmall ? zstdDecompressSync(payload, options) : decompress(payload, options),
    );
  },
};
