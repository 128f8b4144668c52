import type { Compression } from '../protocol/frame.ts';
import type { Codec } from './codec.ts';
import { lz4Codec } from './lz4.ts';
import { noneCodec } from './none.ts';
import { zstdCodec } from './zstd.ts';

const codecs: Readonly<Record<Compression, Codec>> = { none: noneCodec, zstd: zstdCodec, lz4: lz4Codec };

/** The codec that a chunk frame names. */
export function codecFor(name: Compression): Codec {
  return codecs[name];
}
