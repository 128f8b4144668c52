import type { Compression } from '../protocol/frame.ts';

/** A way to make chunks smaller. Parallel files hold one each: none, zstd, lz4. PROTOCOL.md section 4 describes the payloads. */
export interface Codec {
  readonly name: Compression;
  /** The payload for a raw chunk; may be larger than it (`compressChunk` decides what travels). */
  compress(raw: Buffer): Promise<Buffer>;
  /**
   * Exactly `rawLength` bytes (1 byte to 64 MiB), or an error: never more are made, whatever the payload claims.
   *
   * @throws FerryError CHUNK_CORRUPT when the payload is damaged, or does not hold exactly `rawLength` bytes.
   */
  decompress(payload: Buffer, rawLength: number): Promise<Buffer>;
}
