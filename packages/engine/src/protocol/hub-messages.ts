import { z } from 'zod';
import { namesSchema, rootPathSchema } from './path.ts';
import {
  chunkRangesSchema,
  compressionChoiceSchema,
  directoryEntrySchema,
  existingPolicySchema,
  failureSchema,
  fileIdentitySchema,
  linkEntrySchema,
  MAX_ITEMS_PER_MESSAGE,
  modeSchema,
  nanosecondsSchema,
  pageSchema,
  patternsSchema,
  requestIdSchema,
  runIdSchema,
  sha256Schema,
  sizeBytesSchema,
  transferRefSchema,
} from './values.ts';

/** What the hub says to an agent. Messages about transfers are plural. */

const plural = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(MAX_ITEMS_PER_MESSAGE);

const chunkSizeSchema = z
  .int()
  .positive()
  .max(64 * 1024 * 1024);
const windowBytesSchema = z.int().positive();

/** Answers `hello`: the session lives from here on. */
const welcomeSchema = z.object({
  type: z.literal('welcome'),
  session: z.string().min(8).max(64),
  protocolVersion: z.int().positive(),
  agent: z.object({ id: z.int().positive(), name: z.string() }),
  /** The hub pings this often; an agent that hears nothing for three intervals reconnects. */
  heartbeatMs: z.int().positive(),
  /** Types of messages, of those that were added to the protocol later, that this hub hears; absent: none. */
  hears: z.array(z.string().max(64)).max(64).optional(),
});

/** A session that polled goes on by WebSocket: the hub's first message there, with the number of the last `messages` that it took. */
const resumedSchema = z.object({ type: z.literal('resumed'), after: z.int().nonnegative() });

/** The hub does not go on with this session, and why; it closes the connection next. */
const refusedSchema = failureSchema.extend({ type: z.literal('refused') });

/** Asks for a `pong` with the same nonce. */
const pingSchema = z.object({ type: z.literal('ping'), nonce: z.string().max(64) });

/** Asks an agent what is at a path. Answered by pages of `entries`, or by `runFailed`. */
const scanSchema = z.object({
  type: z.literal('scan'),
  run: runIdSchema,
  path: rootPathSchema,
  /** Only what these mean, and what leads there; absent: everything. */
  include: patternsSchema.optional(),
  exclude: patternsSchema.optional(),
});

/** The hub has stored this page; the agent may send the page two after it. */
const entriesTakenSchema = z.object({ type: z.literal('entriesTaken'), run: runIdSchema, page: pageSchema });

/** Asks the destination to make directories and symbolic links below `into`. Answered by `arranged`. */
const arrangeSchema = z.object({
  type: z.literal('arrange'),
  run: runIdSchema,
  page: pageSchema,
  into: rootPathSchema,
  directories: z.array(z.object({ names: namesSchema })).max(MAX_ITEMS_PER_MESSAGE),
  links: z.array(linkEntrySchema.omit({ kind: true })).max(MAX_ITEMS_PER_MESSAGE),
  existing: existingPolicySchema,
});

/** Asks the destination to set mode and mtime of directories, after all that belongs in them arrived. Answered by `sealed`. */
const sealSchema = z.object({
  type: z.literal('seal'),
  run: runIdSchema,
  page: pageSchema,
  into: rootPathSchema,
  directories: z.array(directoryEntrySchema.omit({ kind: true })).max(MAX_ITEMS_PER_MESSAGE),
});

/** Announces files to the destination. Answered by `receiving`, `finished` (it was there all along) or `failed`. */
const receiveSchema = z.object({
  type: z.literal('receive'),
  transfers: plural(
    transferRefSchema.extend({
      path: rootPathSchema,
      size: sizeBytesSchema,
      chunkSize: chunkSizeSchema,
      mode: modeSchema,
      mtimeNs: nanosecondsSchema,
      existing: existingPolicySchema,
    }),
  ),
});

/**
 * Asks the source to send files. `route` groups transfers that share one window of unacknowledged bytes (one route for each
 * destination); `held` chunks are read for the file hash but not sent. Answered by chunk frames, then `sent` or `failed`.
 */
const sendSchema = z.object({
  type: z.literal('send'),
  route: z.int().positive(),
  windowBytes: windowBytesSchema,
  transfers: plural(
    transferRefSchema.extend({
      path: rootPathSchema,
      identity: fileIdentitySchema,
      chunkSize: chunkSizeSchema,
      compression: compressionChoiceSchema,
      held: chunkRangesSchema,
    }),
  ),
});

/** Changes the window of a route, when the hub divides its memory budget anew. */
const windowSchema = z.object({ type: z.literal('window'), route: z.int().positive(), windowBytes: windowBytesSchema });

/** Tells the destination what the complete file must hash to: it verifies, publishes and answers `finished` or `failed`. */
const finishSchema = z.object({
  type: z.literal('finish'),
  transfers: plural(transferRefSchema.extend({ fileHash: sha256Schema, chunkListHash: sha256Schema })),
});

/** The transfer is completed and recorded; the source lets go of it. */
const settledSchema = z.object({ type: z.literal('settled'), transfers: plural(transferRefSchema) });

/** Both ends forget these attempts; the destination removes what it holds of them. */
const cancelSchema = z.object({ type: z.literal('cancel'), transfers: plural(transferRefSchema) });

/** The agent stops scanning for this run. */
const cancelScanSchema = z.object({ type: z.literal('cancelScan'), run: runIdSchema });

/** Asks what is in a directory: the names after `after`, in byte order. Answered by `listing` or `listFailed`. */
const listSchema = z.object({
  type: z.literal('list'),
  request: requestIdSchema,
  path: rootPathSchema,
  after: z.string().min(1).max(255).optional(),
  limit: z.int().min(1).max(MAX_ITEMS_PER_MESSAGE),
});

export const hubMessageSchema = z.discriminatedUnion('type', [
  welcomeSchema,
  resumedSchema,
  refusedSchema,
  pingSchema,
  scanSchema,
  entriesTakenSchema,
  arrangeSchema,
  sealSchema,
  receiveSchema,
  sendSchema,
  windowSchema,
  finishSchema,
  settledSchema,
  cancelSchema,
  cancelScanSchema,
  listSchema,
]);
export type HubMessage = z.infer<typeof hubMessageSchema>;
export type Welcome = z.infer<typeof welcomeSchema>;
