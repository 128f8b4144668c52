import { errorCodeNames } from '@ferryline/engine';
import { z } from 'zod';

/**
 * What the hub answers, as far as the CLI reads it. Objects are loose: a newer hub may say more, and `--json` hands on all of it.
 * Enumerations are plain text here, because showing a word that is new is better than failing on it.
 */

const timeSchema = z.string();
const failureSchema = z.looseObject({ code: z.string(), message: z.string() });

export const userSchema = z.looseObject({
  id: z.number(),
  email: z.string(),
  role: z.string(),
  disabled: z.boolean().optional(),
  invitedUntil: timeSchema.optional(),
  createdAt: timeSchema.optional(),
});
export type UserResource = z.infer<typeof userSchema>;

export const invitationSchema = z.looseObject({ code: z.string().min(1), until: timeSchema });
export const createdUserSchema = userSchema.extend({ invitation: invitationSchema.optional() });

export const signInSchema = z.looseObject({
  id: z.string(),
  address: z.string(),
  client: z.string(),
  createdAt: timeSchema,
  lastUsedAt: timeSchema,
  current: z.boolean().optional(),
});
export type SignInResource = z.infer<typeof signInSchema>;

export const keySchema = z.looseObject({
  id: z.number(),
  name: z.string(),
  prefix: z.string(),
  scope: z.string(),
  createdAt: timeSchema,
  expiresAt: timeSchema,
  revokedAt: timeSchema.optional(),
  lastUsedAt: timeSchema.optional(),
});
export type KeyResource = z.infer<typeof keySchema>;
export const createdKeySchema = keySchema.extend({ secret: z.string().min(1) });
export const loginSchema = z.looseObject({
  accessToken: z.string().min(1),
  expiresAt: timeSchema,
  refreshToken: z.string().min(1).optional(),
  refreshExpiresAt: timeSchema.optional(),
  user: userSchema,
});
export type Login = z.infer<typeof loginSchema>;

export const agentSchema = z.looseObject({
  id: z.number(),
  name: z.string(),
  description: z.string().optional(),
  labels: z.array(z.string()).optional(),
  status: z.string(),
  transport: z.string().optional(),
  info: z
    .looseObject({
      version: z.string(),
      host: z.string(),
      os: z.string(),
      arch: z.string(),
      roots: z.array(z.looseObject({ path: z.string(), access: z.string() })),
    })
    .optional(),
  address: z.string().optional(),
  createdAt: timeSchema,
  lastSeenAt: timeSchema.optional(),
  lastPollAt: timeSchema.optional(),
});
export type AgentResource = z.infer<typeof agentSchema>;

export const tokenSchema = z.looseObject({
  id: z.number(),
  prefix: z.string(),
  name: z.string().optional(),
  agentId: z.number().optional(),
  agent: z.looseObject({ id: z.number(), name: z.string() }).optional(),
  createdAt: timeSchema.optional(),
  expiresAt: timeSchema.optional(),
  revokedAt: timeSchema.optional(),
  lastUsedAt: timeSchema.optional(),
});
export type TokenResource = z.infer<typeof tokenSchema>;

export const createdTokenSchema = z.looseObject({
  agent: z.looseObject({ id: z.number(), name: z.string() }),
  token: z.string().min(1),
  id: z.number(),
  prefix: z.string(),
});
export type CreatedToken = z.infer<typeof createdTokenSchema>;

const endpointSchema = z.looseObject({
  agent: z.looseObject({ id: z.number(), name: z.string() }),
  path: z.string(),
});

const countersSchema = z.looseObject({
  filesPlanned: z.number(),
  filesMoved: z.number(),
  filesSkipped: z.number(),
  filesFailed: z.number(),
  bytesPlanned: z.number(),
  bytesMoved: z.number(),
  wireBytes: z.number(),
  directoriesPlanned: z.number(),
  linksPlanned: z.number(),
});

export const runSchema = z.looseObject({
  id: z.number(),
  state: z.string(),
  trigger: z.string(),
  job: z.looseObject({ id: z.number(), name: z.string() }).optional(),
  source: endpointSchema,
  destination: endpointSchema,
  counters: countersSchema,
  error: failureSchema.optional(),
  createdAt: timeSchema,
  startedAt: timeSchema.optional(),
  endedAt: timeSchema.optional(),
});
export type RunResource = z.infer<typeof runSchema>;

export const jobSchema = z.looseObject({
  id: z.number(),
  name: z.string(),
  type: z.string(),
  owner: z.looseObject({ id: z.number(), email: z.string() }),
  source: endpointSchema,
  destination: endpointSchema,
  include: z.array(z.string()),
  exclude: z.array(z.string()),
  schedule: z
    .looseObject({
      cron: z.string(),
      timeZone: z.string(),
      overlap: z.string(),
      missed: z.string(),
      nextAt: timeSchema.optional(),
    })
    .optional(),
  status: z.string(),
});
export type JobResource = z.infer<typeof jobSchema>;

export const ticksSchema = z.looseObject({ next: z.array(timeSchema) });

export const grantSchema = z.looseObject({
  user: z.looseObject({ id: z.number(), email: z.string() }),
  access: z.string(),
});
export type GrantResource = z.infer<typeof grantSchema>;

export const roundTripSchema = z.looseObject({ roundTripMs: z.number(), transport: z.string() });

export const listingSchema = z.looseObject({
  path: z.string(),
  entries: z.array(
    z.looseObject({
      name: z.string(),
      kind: z.string(),
      sizeBytes: z.number().optional(),
      modifiedAt: timeSchema.optional(),
    }),
  ),
  more: z.boolean(),
  unlisted: z.number(),
});
export type ListedResource = z.infer<typeof listingSchema>['entries'][number];

export const auditEventSchema = z.looseObject({
  sequence: z.number(),
  at: timeSchema,
  actor: z.looseObject({ kind: z.string(), name: z.string(), address: z.string().optional() }),
  action: z.string(),
  object: z.looseObject({ kind: z.string(), id: z.string(), name: z.string().optional() }).optional(),
});
export type AuditEventResource = z.infer<typeof auditEventSchema>;

export const auditVerdictSchema = z.looseObject({
  ok: z.boolean(),
  length: z.number().optional(),
  hash: z.string().optional(),
  brokenAt: z.number().optional(),
  reason: z.string().optional(),
});

export const bulkResultSchema = z.looseObject({ matched: z.number(), changed: z.number() });

export const issueSchema = z.looseObject({ path: z.string(), code: z.string().optional(), message: z.string() });
export type IssueResource = z.infer<typeof issueSchema>;

export const planSchema = z.looseObject({
  counters: countersSchema,
  complete: z.boolean(),
  destinationOnline: z.boolean(),
  files: z.array(z.looseObject({ sourcePath: z.string(), destinationPath: z.string(), sizeBytes: z.number() })),
  issues: z.array(issueSchema),
});
export type PlanResource = z.infer<typeof planSchema>;

export const transferSchema = z.looseObject({
  id: z.number(),
  runId: z.number(),
  filename: z.string(),
  sizeBytes: z.number(),
  source: endpointSchema,
  destination: endpointSchema,
  state: z.string(),
  attempt: z.number(),
  bytesTransferred: z.number(),
  wireBytes: z.number(),
  fileHash: z.string().optional(),
  error: failureSchema.optional(),
});
export type TransferResource = z.infer<typeof transferSchema>;

/** RFC 9457, with our `code`. */
export const problemSchema = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.enum(errorCodeNames).optional().catch(undefined),
});

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.looseObject({ items: z.array(item), nextCursor: z.string().optional() });
}

/** States in which nothing more happens to a run. */
export function isRunSettled(run: RunResource): boolean {
  return ['completed', 'partial', 'failed', 'cancelled'].includes(run.state);
}
