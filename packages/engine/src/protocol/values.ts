import { z } from 'zod';
import { errorCodeNames } from '../error/codes.ts';
import { MAX_PATTERN_CHARACTERS } from '../glob/pattern.ts';
import { MAX_PATTERNS } from '../glob/selection.ts';
import { namesSchema } from './path.ts';

/** The values that several messages carry. Lengths are bounded here, so that no message can grow without limit. */

/** The most items that one plural message carries; senders split, receivers refuse more. */
export const MAX_ITEMS_PER_MESSAGE = 1000;

export const transferIdSchema = z.int().positive();
export const runIdSchema = z.int().positive();
export const attemptSchema = z.int().min(1).max(0xffff_ffff);
export const pageSchema = z.int().nonnegative();
export const sizeBytesSchema = z.int().nonnegative();

/** Nanoseconds since 1970 as a decimal string: JSON numbers lose them. May be negative. */
export const nanosecondsSchema = z.string().regex(/^-?\d{1,20}$/);
/** Permission bits, without set-uid, set-gid and sticky. */
export const modeSchema = z.int().min(0).max(0o777);
/** Lower-case hexadecimal SHA-256. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/** Which transfer, and which of its lives: every message about a transfer carries both, so that late ones can be dropped. */
export const transferRefSchema = z.object({ transfer: transferIdSchema, attempt: attemptSchema });
export type TransferRef = z.infer<typeof transferRefSchema>;

/** Ranges of chunk indices, ascending and apart: [first, count]. */
export const chunkRangesSchema = z.array(z.tuple([z.int().nonnegative(), z.int().positive()])).max(65_536);
export type ChunkRanges = z.infer<typeof chunkRangesSchema>;

/** What makes a file the same file: any difference means that it changed (FAULTS.md P8). */
export const fileIdentitySchema = z.object({
  dev: z.string().max(24),
  ino: z.string().max(24),
  size: sizeBytesSchema,
  mtimeNs: nanosecondsSchema,
  ctimeNs: nanosecondsSchema,
});
export type FileIdentity = z.infer<typeof fileIdentitySchema>;

/** A regular file as it stands at its path at this moment. */
export const presentFileSchema = z.object({
  mode: modeSchema,
  mtimeNs: nanosecondsSchema,
  identity: fileIdentitySchema,
});
export type PresentFile = z.infer<typeof presentFileSchema>;

const entryBase = { names: namesSchema, mode: modeSchema, mtimeNs: nanosecondsSchema };

export const fileEntrySchema = z.object({ kind: z.literal('file'), ...entryBase, identity: fileIdentitySchema });
export const directoryEntrySchema = z.object({ kind: z.literal('directory'), ...entryBase });
export const linkEntrySchema = z.object({
  kind: z.literal('symlink'),
  names: namesSchema,
  target: z.string().min(1).max(4096),
});
/** One thing that a scan found, named from the path that was scanned; a scanned file has no names. */
export const entrySchema = z.discriminatedUnion('kind', [fileEntrySchema, directoryEntrySchema, linkEntrySchema]);
export type FileEntry = z.infer<typeof fileEntrySchema>;
export type DirectoryEntry = z.infer<typeof directoryEntrySchema>;
export type LinkEntry = z.infer<typeof linkEntrySchema>;
export type Entry = z.infer<typeof entrySchema>;

/** Something a scan passed over, and why, for people. */
export const skippedSchema = z.object({ path: z.string().max(16_384), reason: z.string().max(1024) });
export type Skipped = z.infer<typeof skippedSchema>;

/** Which part of a tree is meant: glob patterns (glob/pattern.ts), bounded as there. */
export const patternsSchema = z.array(z.string().min(1).max(MAX_PATTERN_CHARACTERS)).max(MAX_PATTERNS);

/** Names a question within a session, so that its answer finds back; the hub chooses it. */
export const requestIdSchema = z.int().positive();

/** One name in a directory, and what it is. Only files have a size. */
export const listedItemSchema = z.object({
  name: z.string().min(1).max(255),
  kind: z.enum(['file', 'directory', 'symlink', 'other']),
  size: sizeBytesSchema.optional(),
  mtimeNs: nanosecondsSchema.optional(),
});
export type ListedItem = z.infer<typeof listedItemSchema>;

/** A failure as it travels: the code decides, the message is for a person. */
export const failureSchema = z.object({ code: z.enum(errorCodeNames), message: z.string().max(16_384) });
export type Failure = z.infer<typeof failureSchema>;

/** Why an attempt cannot go on; of a source that changed with what stands there now, so that it can be planned anew. */
export const transferFailureSchema = failureSchema.extend({ present: presentFileSchema.optional() });
export type TransferFailure = z.infer<typeof transferFailureSchema>;

export const compressionChoiceSchema = z.enum(['auto', 'none', 'zstd', 'lz4']);
export type CompressionChoice = z.infer<typeof compressionChoiceSchema>;

export const existingPolicySchema = z.enum(['replace', 'fail']);
/** What a destination does when the path is taken: replace a file, or fail with DESTINATION_EXISTS. */
export type ExistingPolicy = z.infer<typeof existingPolicySchema>;

export const rootAccessSchema = z.enum(['ro', 'rw']);
export const allowedRootSchema = z.object({ path: z.string().min(1).max(4096), access: rootAccessSchema });
/** A directory tree that an agent's own configuration opens, for reading only (`ro`) or for both (`rw`). */
export type AllowedRoot = z.infer<typeof allowedRootSchema>;
