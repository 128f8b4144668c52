/** What both ends of a transfer share: how a file is cut, hashed, compressed, framed and talked about. No I/O. */
export { ChunkSet } from './chunker/chunk-set.ts';
export {
  chunkCount,
  chunkExtent,
  chunkSizeFor,
  MAX_CHUNK_BYTES,
  MAX_CHUNKS,
  MIN_CHUNK_BYTES,
} from './chunker/geometry.ts';
export { chooseCompression } from './compress/choose.ts';
export type { Codec } from './compress/codec.ts';
export { codecFor } from './compress/codecs.ts';
export { compressChunk } from './compress/compress-chunk.ts';
export { type ErrorCode, type ExitCode, errorCodeNames, errorCodes, exitCodes } from './error/codes.ts';
export { exhaustive } from './error/exhaustive.ts';
export { type ErrorDetails, FerryError } from './error/ferry-error.ts';
export { MAX_PATTERN_CHARACTERS, parsePattern } from './glob/pattern.ts';
export { compileSelection, type TreeSelection } from './glob/selection.ts';
export { hashChunk } from './hasher/chunk-hash.ts';
export { DigestList } from './hasher/digest-list.ts';
export { FileHasher } from './hasher/file-hasher.ts';
export type { AgentMessage, Hello } from './protocol/agent-messages.ts';
export {
  MAX_CONTROL_MESSAGE_BYTES,
  parseAgentMessage,
  parseAgentMessages,
  parseHubMessage,
  parsePollAnswer,
} from './protocol/control.ts';
export {
  type AckFrame,
  type ChunkFrame,
  type Compression,
  type DecodedFrame,
  DIGEST_BYTES,
  decodeFrames,
  encodeAckFrame,
  encodeChunkFrame,
  encodeNackFrame,
  FRAME_HEADER_BYTES,
  type Frame,
  MAX_FRAME_PAYLOAD_BYTES,
  type NackFrame,
  type NackReason,
  payloadIsIntact,
  sealChunkFrame,
} from './protocol/frame.ts';
export { FrameOutlet } from './protocol/frame-outlet.ts';
export { FramePacker } from './protocol/frame-packer.ts';
export type { HubMessage, Welcome } from './protocol/hub-messages.ts';
export { MAX_LANE_MESSAGE_BYTES, maxPieces } from './protocol/message-limits.ts';
export { isEntryName, MAX_NAME_BYTES, MAX_PATH_DEPTH, type RootPath, rootPathSchema } from './protocol/path.ts';
export { keyOf, refOf } from './protocol/transfer-key.ts';
export {
  type AllowedRoot,
  type ChunkRanges,
  type CompressionChoice,
  type DirectoryEntry,
  type Entry,
  type ExistingPolicy,
  type Failure,
  type FileEntry,
  type FileIdentity,
  type LinkEntry,
  type ListedItem,
  MAX_ITEMS_PER_MESSAGE,
  type PresentFile,
  type Skipped,
  type TransferFailure,
  type TransferRef,
} from './protocol/values.ts';
export { negotiateVersion, SUPPORTED_PROTOCOL_VERSIONS } from './protocol/version.ts';
