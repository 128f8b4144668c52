import type { Compression } from '../protocol/frame.ts';
import type { CompressionChoice } from '../protocol/values.ts';
import { lz4Codec } from './lz4.ts';

/** Files smaller than this share a message with others: their headers weigh more than what compressing saves. */
const TOO_SMALL_BYTES = 512;
/** How much of the sample is tried: enough to tell text from archives, for a tenth of a millisecond. */
const TRIED_BYTES = 64 * 1024;
/** Worth it when at least a tenth goes away. */
const WORTHWHILE_RATIO = 0.9;

/** How a file will be compressed, judged by a sample (the beginning of its first chunk); an explicit choice stands. */
export async function chooseCompression(choice: CompressionChoice, sample: Buffer): Promise<Compression> {
  if (choice !== 'auto') return choice;
  if (sample.length < TOO_SMALL_BYTES) return 'none';
  const tried = sample.subarray(0, TRIED_BYTES);
  const compressed = await lz4Codec.compress(tried);
  return compressed.length <= tried.length * WORTHWHILE_RATIO ? 'zstd' : 'none';
}
