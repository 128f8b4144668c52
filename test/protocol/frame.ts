import { createHash } from 'node:crypto';
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

// Written from PROTOCOL.md section 4 alone, and naive on purpose: what the product does is checked against this, so nothing is shared.

export const HEADER_BYTES = 72;
export const KIND = { chunk: 1, ack: 2, nack: 3 } as const;
export const COMPRESSION = { none: 0, zstd: 1, lz4: 2 } as const;
export const NACK = { damaged: 1, undecodable: 2, digestMismatch: 3 } as const;
export const LAST_CHUNK = 1;

export interface Frame {
  readonly kind: number;
  /** Compression of a chunk, reason of a nack, 0 of an ack. */
  readonly detail: number;
  readonly flags: number;
  readonly transfer: number;
  readonly chunkIndex: number;
  readonly attempt: number;
  readonly rawLength: number;
  readonly digest: Buffer;
  readonly payload: Buffer;
}

/** What is not said is that of an ack of chunk 0. Every field can be set wrong. */
export function encodeFrame(frame: Partial<Frame> & { readonly transfer: number }): Buffer {
  const payload = frame.payload ?? Buffer.alloc(0);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('FRL1', 0, 'latin1');
  header.writeUInt8(frame.kind ?? KIND.ack, 4);
  header.writeUInt8(frame.detail ?? 0, 5);
  header.writeUInt16BE(frame.flags ?? 0, 6);
  header.writeBigUInt64BE(BigInt(frame.transfer), 8);
  header.writeUInt32BE(frame.chunkIndex ?? 0, 16);
  header.writeUInt32BE(frame.attempt ?? 1, 20);
  header.writeUInt32BE(frame.rawLength ?? 0, 24);
  header.writeUInt32BE(payload.length, 28);
  header.writeUInt32BE(payload.length === 0 ? 0 : crc32(payload), 32);
  (frame.digest ?? Buffer.alloc(32)).copy(header, 40);
  return Buffer.concat([withHeaderCrc(header), payload]);
}

/** The same bytes, changed in one place, with a header CRC that is right again. */
export function forged(frame: Buffer, change: (header: Buffer) => void): Buffer {
  const copy = Buffer.from(frame);
  change(copy);
  return withHeaderCrc(copy);
}

/** The frames of one lane message. */
export function decodeFrames(message: Buffer): readonly Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < message.length; ) {
    const header = message.subarray(at, at + HEADER_BYTES);
    if (header.toString('latin1', 0, 4) !== 'FRL1') throw new Error(`No magic at ${at}.`);
    if (header.readUInt32BE(36) !== headerCrc(header)) throw new Error(`A wrong header CRC at ${at}.`);
    const payload = message.subarray(at + HEADER_BYTES, at + HEADER_BYTES + header.readUInt32BE(28));
    if (payload.length !== header.readUInt32BE(28)) throw new Error(`A payload is cut short at ${at}.`);
    if (header.readUInt32BE(32) !== (payload.length === 0 ? 0 : crc32(payload))) throw new Error('A wrong CRC.');
    frames.push({
      kind: header.readUInt8(4),
      detail: header.readUInt8(5),
      flags: header.readUInt16BE(6),
      transfer: Number(header.readBigUInt64BE(8)),
      chunkIndex: header.readUInt32BE(16),
      attempt: header.readUInt32BE(20),
      rawLength: header.readUInt32BE(24),
      digest: header.subarray(40),
      payload,
    });
    at += HEADER_BYTES + payload.length;
  }
  return frames;
}

export function chunkFrame(
  raw: Buffer,
  frame: Partial<Frame> & { readonly transfer: number },
  compression: keyof typeof COMPRESSION = 'none',
): Buffer {
  return encodeFrame({
    kind: KIND.chunk,
    detail: COMPRESSION[compression],
    rawLength: raw.length,
    digest: sha256(raw),
    payload: compress(raw, compression),
    ...frame,
  });
}

/** The answer to a chunk: it repeats transfer, attempt, index and raw length. */
export function answerTo(chunk: Frame, kind: 'ack' | 'nack', reason = 0): Buffer {
  const { transfer, attempt, chunkIndex, rawLength, digest } = chunk;
  return encodeFrame({ kind: KIND[kind], detail: reason, transfer, attempt, chunkIndex, rawLength, digest });
}

export function rawChunk(chunk: Frame): Buffer {
  if (chunk.detail === COMPRESSION.none) return chunk.payload;
  if (chunk.detail === COMPRESSION.zstd) return zstdDecompressSync(chunk.payload);
  if (chunk.payload.readUInt32LE(0) !== chunk.rawLength) throw new Error('lz4: another length in front of the block.');
  return decodeLz4Block(chunk.payload.subarray(4), chunk.rawLength);
}

export function sha256(...pieces: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

function compress(raw: Buffer, compression: keyof typeof COMPRESSION): Buffer {
  if (compression === 'none') return raw;
  if (compression === 'zstd') return zstdCompressSync(raw);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(raw.length);
  return Buffer.concat([length, literalLz4Block(raw)]);
}

/** The simplest valid LZ4 block: one sequence of nothing but literals. */
function literalLz4Block(raw: Buffer): Buffer {
  if (raw.length < 15) return Buffer.concat([Buffer.from([raw.length << 4]), raw]);
  const rest = raw.length - 15;
  const lengthBytes = Buffer.alloc(Math.floor(rest / 255) + 1, 255);
  lengthBytes[lengthBytes.length - 1] = rest % 255;
  return Buffer.concat([Buffer.from([0xf0]), lengthBytes, raw]);
}

/** As in https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md. */
function decodeLz4Block(block: Buffer, rawLength: number): Buffer {
  const raw = Buffer.alloc(rawLength);
  let from = 0;
  let to = 0;
  const longLength = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === 15; more; ) {
      const byte = block.readUInt8(from++);
      length += byte;
      more = byte === 255;
    }
    return length;
  };
  while (from < block.length) {
    const token = block.readUInt8(from++);
    const literals = longLength(token >> 4);
    to += block.copy(raw, to, from, from + literals);
    from += literals;
    if (from >= block.length) break;
    const offset = block.readUInt16LE(from);
    from += 2;
    const match = longLength(token & 15) + 4;
    for (let at = 0; at < match; at += 1, to += 1) raw[to] = raw[to - offset] ?? 0;
  }
  if (to !== rawLength) throw new Error(`lz4: ${to} bytes, not ${rawLength}.`);
  return raw;
}

function withHeaderCrc(frame: Buffer): Buffer {
  frame.writeUInt32BE(headerCrc(frame), 36);
  return frame;
}

function headerCrc(frame: Buffer): number {
  return crc32(frame.subarray(40, HEADER_BYTES), crc32(frame.subarray(0, 36)));
}
