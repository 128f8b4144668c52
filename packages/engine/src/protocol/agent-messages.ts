import { z } from 'zod';
import {
  allowedRootSchema,
  chunkRangesSchema,
  entrySchema,
  failureSchema,
  listedItemSchema,
  MAX_ITEMS_PER_MESSAGE,
  pageSchema,
  requestIdSchema,
  runIdSchema,
  sha256Schema,
  skippedSchema,
  transferFailureSchema,
  transferRefSchema,
} from './values.ts';

/** What an agent says to the hub. Messages about transfers are plural. */

const plural = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(MAX_ITEMS_PER_MESSAGE);
const pageFailures = z.array(failureSchema.extend({ path: z.string().max(16_384) })).max(MAX_ITEMS_PER_MESSAGE);

/** The first message of a session: who this is and what it can do. Answered by `welcome`. */
export const helloSchema = z.object({
  type: z.literal('hello'),
  protocolVersions: z.array(z.int().positive()).min(1).max(16),
  agentVersion: z.string().max(64),
  host: z.string().max(255),
  os: z.string().max(64),
  arch: z.string().max(64),
  /** Random for each life of the agent's process: tells a reconnect from a second copy. */
  instance: z.string().min(8).max(64),
  roots: z.array(allowedRootSchema).min(1).max(256),
  /** Transfers of which the agent, as destination, still holds a part. */
  holds: z.array(transferRefSchema).max(100_000),
});

/** Answers `ping`. */
const pongSchema = z.object({ type: z.literal('pong'), nonce: z.string().max(64) });

/** One page of what `scan` found, in walking order (a directory before what is in it). */
const entriesSchema = z.object({
  type: z.literal('entries'),
  run: runIdSchema,
  page: pageSchema,
  entries: z.array(entrySchema).max(MAX_ITEMS_PER_MESSAGE),
  skipped: z.array(skippedSchema).max(MAX_ITEMS_PER_MESSAGE),
  last: z.boolean(),
});

/** A scan, or the placing of directories and links, cannot go on: the run fails with this. */
const runFailedSchema = failureSchema.extend({ type: z.literal('runFailed'), run: runIdSchema });

/** Directories and links of one `arrange` page stand, but for those listed. */
const arrangedSchema = z.object({
  type: z.literal('arranged'),
  run: runIdSchema,
  page: pageSchema,
  failures: pageFailures,
});

/** Mode and mtime of one `seal` page of directories are set, but for those listed. */
const sealedSchema = z.object({
  type: z.literal('sealed'),
  run: runIdSchema,
  page: pageSchema,
  failures: pageFailures,
});

/** The destination is ready; these chunks it holds already, durably. */
const receivingSchema = z.object({
  type: z.literal('receiving'),
  transfers: plural(transferRefSchema.extend({ held: chunkRangesSchema })),
});

/** The source has read the whole file, unchanged from first byte to last, and sent what was needed of it. */
const sentSchema = z.object({
  type: z.literal('sent'),
  transfers: plural(transferRefSchema.extend({ fileHash: sha256Schema, chunkListHash: sha256Schema })),
});

/** The destination has verified and durably published the file (DESIGN.md promise 2: nobody else may say it). */
const finishedSchema = z.object({ type: z.literal('finished'), transfers: plural(transferRefSchema) });

/** The agent cannot go on with these transfers in these attempts. */
const failedSchema = z.object({
  type: z.literal('failed'),
  transfers: plural(transferRefSchema.extend(transferFailureSchema.shape)),
});

/**
 * The destination has no room for what it was sent of these; it keeps what it holds, and takes more when it is asked to receive them
 * again and there is room. Said only to a hub that hears it (`welcome`).
 */
const waitingSchema = z.object({
  type: z.literal('waiting'),
  transfers: plural(transferRefSchema.extend(failureSchema.shape)),
});

/** Of these the agent has done work that shows in nothing else: chunks hashed that are not sent, or not received anew. */
const workingSchema = z.object({ type: z.literal('working'), transfers: plural(transferRefSchema) });

/** What is in the directory that `list` asked for; `more` when there are names after the last one, `unlisted` those not UTF-8. */
const listingSchema = z.object({
  type: z.literal('listing'),
  request: requestIdSchema,
  entries: z.array(listedItemSchema).max(MAX_ITEMS_PER_MESSAGE),
  more: z.boolean(),
  unlisted: z.int().nonnegative(),
});

/** The directory that `list` asked for cannot be listed. */
const listFailedSchema = failureSchema.extend({ type: z.literal('listFailed'), request: requestIdSchema });

export const agentMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  pongSchema,
  entriesSchema,
  runFailedSchema,
  arrangedSchema,
  sealedSchema,
  receivingSchema,
  sentSchema,
  finishedSchema,
  failedSchema,
  waitingSchema,
  workingSchema,
  listingSchema,
  listFailedSchema,
]);
export type AgentMessage = z.infer<typeof agentMessageSchema>;
export type Hello = z.infer<typeof helloSchema>;
