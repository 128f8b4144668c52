import { crc32 } from 'node:zlib';
import { FerryError } from '../error/ferry-error.ts';

/**
 * The frame: a 72-byte header, all integers big-endian, then the payload. PROTOCOL.md has the byte table.
 * Invariant: nothing is allocated from a length that the header claims; a payload is a view of the received message.
 */
export const FRAME_HEADER_BYTES = 72;

/** The largest chunk the protocol knows (chunker/geometry.ts), hence the largest raw or wire length a header may claim. */
export const MAX_FRAME_PAYLOAD_BYTES = 64 * 1024 * 1024;

const MAGIC = 0x46524c31; // "FRL1"
const HEADER_CRC_OFFSET = 36;
const DIGEST_OFFSET = 40;
export const DIGEST_BYTES = 32;
const LAST_CHUNK_FLAG = 0x0001;

const KIND_CHUNK = 1;
const KIND_ACK = 2;
const KIND_NACK = 3;

const compressionNumbers = { none: 0, zstd: 1, lz4: 2 } as const;
/** How the payload of a chunk frame is compressed. */
export type Compression = keyof typeof compressionNumbers;
const compressionNames: readonly Compression[] = ['none', 'zstd', 'lz4'];

const nackReasonNumbers = { damagedOnTheWay: 1, undecodable: 2, digestMismatch: 3 } as const;
/** Why a chunk was refused: payload CRC wrong; decompression failed; SHA-256 of the raw bytes wrong. All mean "send it again". */
export type NackReason = keyof typeof nackReasonNumbers;
const nackReasonNames: readonly (NackReason | undefined)[] = [
  undefined,
  'damagedOnTheWay',
  'undecodable',
  'digestMismatch',
];

interface FrameBase {
  /** Below 2^53: ids come from a database sequence. */
  readonly transfer: number;
  readonly chunkIndex: number;
  readonly attempt: number;
  readonly rawLength: number;
  /** SHA-256 of the raw chunk, 32 bytes. */
  readonly digest: Uint8Array;
}

export interface ChunkFrame extends FrameBase {
  readonly kind: 'chunk';
  readonly compression: Compression;
  readonly last: boolean;
  /** CRC-32 of the payload as the header states it; check with `payloadIsIntact`. */
  readonly payloadCrc: number;
  readonly payload: Buffer;
}

export interface AckFrame extends FrameBase {
  readonly kind: 'ack';
}

export interface NackFrame extends FrameBase {
  readonly kind: 'nack';
  readonly reason: NackReason;
}

export type Frame = ChunkFrame | AckFrame | NackFrame;

/** A decoded frame together with the bytes it was decoded from, so that a relay can hand them on untouched. */
export interface DecodedFrame {
  readonly frame: Frame;
  readonly bytes: Buffer;
}

/** True when the payload is what the sender put on the wire (CRC-32 against the header's field). */
export function payloadIsIntact(frame: ChunkFrame): boolean {
  return crc32(frame.payload) === frame.payloadCrc;
}

/**
 * Writes the header of a chunk frame into the first 72 bytes of `target`; the payload must already stand behind it.
 * Lets a reader fill one buffer from disk at offset 72 and send it without a copy.
 *
 * @throws RangeError when `target` does not hold exactly header and payload (a defect of the caller).
 */
export function sealChunkFrame(target: Buffer, header: Omit<ChunkFrame, 'kind' | 'payload' | 'payloadCrc'>): void {
  const wireLength = target.length - FRAME_HEADER_BYTES;
  if (wireLength < 0) throw new RangeError('a frame buffer is at least 72 bytes long');
  const kindAndCompression = (KIND_CHUNK << 8) | compressionNumbers[header.compression];
  const flags = header.last ? LAST_CHUNK_FLAG : 0;
  const payloadCrc = crc32(target.subarray(FRAME_HEADER_BYTES));
  writeHeader(target, kindAndCompression, flags, header, wireLength, payloadCrc);
}

/** One whole chunk frame in a buffer of its own; copies the payload once. */
export function encodeChunkFrame(
  header: Omit<ChunkFrame, 'kind' | 'payload' | 'payloadCrc'>,
  payload: Uint8Array,
): Buffer {
  const target = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  target.set(payload, FRAME_HEADER_BYTES);
  sealChunkFrame(target, header);
  return target;
}

/** The 72 bytes that say "this chunk is held by somebody who survives a crash". */
export function encodeAckFrame(ack: FrameBase): Buffer {
  const target = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  writeHeader(target, KIND_ACK << 8, 0, ack, 0, 0);
  return target;
}

/** The 72 bytes that say "send this chunk again", and why. */
export function encodeNackFrame(nack: FrameBase & { readonly reason: NackReason }): Buffer {
  const target = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  writeHeader(target, (KIND_NACK << 8) | nackReasonNumbers[nack.reason], 0, nack, 0, 0);
  return target;
}

/**
 * Decodes every frame of one binary message, in order. Payloads and digests are views into `message`.
 *
 * @throws FerryError PROTOCOL when any byte is not what PROTOCOL.md allows: wrong magic, kind, compression, reason or
 *   flags, a length beyond the message or the limits, a header CRC that does not match, or a header cut short.
 */
export function decodeFrames(message: Buffer): DecodedFrame[] {
  const frames: DecodedFrame[] = [];
  let offset = 0;
  while (offset < message.length) {
    const decoded = decodeFrameAt(message, offset);
    frames.push(decoded);
    offset += decoded.bytes.length;
  }
  return frames;
}

function decodeFrameAt(message: Buffer, offset: number): DecodedFrame {
  if (message.length - offset < FRAME_HEADER_BYTES) throw malformed(offset, 'the header is cut short');
  if (message.readUInt32BE(offset) !== MAGIC) throw malformed(offset, 'it does not begin with FRL1');
  if (message.readUInt32BE(offset + HEADER_CRC_OFFSET) !== headerCrc(message, offset)) {
    throw malformed(offset, 'the header is damaged (CRC-32 differs)');
  }
  const wireLength = message.readUInt32BE(offset + 28);
  if (wireLength > message.length - offset - FRAME_HEADER_BYTES) {
    throw malformed(offset, `it claims ${wireLength} payload bytes, more than the message holds`);
  }
  const bytes = message.subarray(offset, offset + FRAME_HEADER_BYTES + wireLength);
  return { frame: readFrame(bytes, offset), bytes };
}

function readFrame(bytes: Buffer, offset: number): Frame {
  const flags = bytes.readUInt16BE(6);
  if ((flags & ~LAST_CHUNK_FLAG) !== 0)
    throw malformed(offset, `its flags 0x${flags.toString(16)} are not of version 1`);
  const rawLength = bytes.readUInt32BE(24);
  if (rawLength > MAX_FRAME_PAYLOAD_BYTES) throw malformed(offset, `its raw length ${rawLength} is beyond 64 MiB`);
  const base: FrameBase = {
    transfer: readId(bytes, offset),
    chunkIndex: bytes.readUInt32BE(16),
    attempt: bytes.readUInt32BE(20),
    rawLength,
    digest: bytes.subarray(DIGEST_OFFSET, FRAME_HEADER_BYTES),
  };
  const kind = bytes.readUInt8(4);
  if (kind === KIND_CHUNK) return readChunkFrame(bytes, offset, flags, base);
  if (bytes.length !== FRAME_HEADER_BYTES) throw malformed(offset, 'an ack or nack carries no payload');
  if (flags !== 0) throw malformed(offset, 'an ack or nack has no flags');
  if (kind === KIND_ACK) {
    if (bytes.readUInt8(5) !== 0) throw malformed(offset, 'byte 5 of an ack is 0');
    return { kind: 'ack', ...base };
  }
  if (kind === KIND_NACK) {
    const reason = nackReasonNames[bytes.readUInt8(5)];
    if (reason === undefined) throw malformed(offset, `nack reason ${bytes.readUInt8(5)} is unknown`);
    return { kind: 'nack', reason, ...base };
  }
  throw malformed(offset, `kind ${kind} is unknown`);
}

function readChunkFrame(bytes: Buffer, offset: number, flags: number, base: FrameBase): ChunkFrame {
  const compression = compressionNames[bytes.readUInt8(5)];
  if (compression === undefined) throw malformed(offset, `compression ${bytes.readUInt8(5)} is unknown`);
  const payload = bytes.subarray(FRAME_HEADER_BYTES);
  if (base.rawLength === 0) throw malformed(offset, 'a chunk is never empty: a zero-byte file has no chunks');
  if (compression === 'none' && payload.length !== base.rawLength) {
    throw malformed(offset, `an uncompressed chunk of ${base.rawLength} bytes cannot travel in ${payload.length}`);
  }
  if (payload.length > MAX_FRAME_PAYLOAD_BYTES) throw malformed(offset, 'its payload is beyond 64 MiB');
  const last = (flags & LAST_CHUNK_FLAG) !== 0;
  return { kind: 'chunk', compression, last, payloadCrc: bytes.readUInt32BE(32), payload, ...base };
}

function readId(bytes: Buffer, offset: number): number {
  const id = bytes.readBigUInt64BE(8);
  if (id === 0n || id > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(offset, `transfer id ${id} is out of range`);
  return Number(id);
}

function writeHeader(
  target: Buffer,
  kindAndDetail: number,
  flags: number,
  base: FrameBase,
  wireLength: number,
  payloadCrc: number,
): void {
  // A shorter one would leave what the memory held before in the header.
  if (base.digest.length !== DIGEST_BYTES) throw new RangeError(`a digest is 32 bytes, not ${base.digest.length}`);
  target.writeUInt32BE(MAGIC, 0);
  target.writeUInt16BE(kindAndDetail, 4);
  target.writeUInt16BE(flags, 6);
  target.writeBigUInt64BE(BigInt(base.transfer), 8);
  target.writeUInt32BE(base.chunkIndex, 16);
  target.writeUInt32BE(base.attempt, 20);
  target.writeUInt32BE(base.rawLength, 24);
  target.writeUInt32BE(wireLength, 28);
  target.writeUInt32BE(payloadCrc, 32);
  target.set(base.digest, DIGEST_OFFSET);
  target.writeUInt32BE(headerCrc(target, 0), HEADER_CRC_OFFSET);
}

/** CRC-32 over the header without the field that holds it: bytes 0 to 35, then 40 to 71. */
function headerCrc(bytes: Buffer, offset: number): number {
  const before = crc32(bytes.subarray(offset, offset + HEADER_CRC_OFFSET));
  return crc32(bytes.subarray(offset + DIGEST_OFFSET, offset + FRAME_HEADER_BYTES), before);
}

function malformed(offset: number, why: string): FerryError {
  return new FerryError('PROTOCOL', `The frame at byte ${offset} of the message is refused: ${why}.`, {
    details: { offset },
  });
}
