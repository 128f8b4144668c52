import type { Compression } from '../protocol/frame.ts';
import type { Codec } from './codec.ts';
import { lz4Codec } from './lz4.ts';
import { noneCodec } from './none.ts';
import { zstdCodec } from './zstd.ts';

const codecs: Readonly<Record<Compression, Codec>> = { none: noneCodec, zstd: zstdCodec, lz4: lz4Codec };

export function codecFor(name: Compression): Codec {
  return codecs[name];
}

/** A raw chunk as it will travel: compressed, or as it is when compressing does not make it smaller. */
export async function compressChunk(
  wanted: Compression,
  raw: Buffer,
): Promise<{ readonly compression: Compression; readonly payload: Buffer }> {
  if (wanted === 'none') return { compression: 'none', payload: raw };
  const payload = await codecFor(wanted).compress(raw);
  return payload.length < raw.length ? { compression: wanted, payload } : { compression: 'none', payload: raw };
}
