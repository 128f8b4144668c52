import type { Compression } from '../protocol/frame.ts';
import { codecFor } from './codecs.ts';

/** A raw chunk as it will travel: compressed, or as it is (the same memory) when compressing does not make it smaller. */
export async function compressChunk(
  wanted: Compression,
  raw: Buffer,
): Promise<{ readonly compression: Compression; readonly payload: Buffer }> {
  if (wanted === 'none') return { compression: 'none', payload: raw };
  const payload = await codecFor(wanted).compress(raw);
  return payload.length < raw.length ? { compression: wanted, payload } : { compression: 'none', payload: raw };
}
