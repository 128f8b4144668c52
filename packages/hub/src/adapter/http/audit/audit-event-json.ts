import { z } from 'zod';
import { type AuditEvent, actorKinds } from '../../../domain/audit/audit-event.ts';
import { momentSchema } from '../answer/moment.ts';

export const auditEventSchema = z
  .object({
    sequence: z.int().meta({ description: 'Its place in the chain, from 1, without gaps.' }),
    at: momentSchema,
    actor: z.object({
      kind: z.enum(actorKinds),
      id: z.int().optional(),
      name: z.string(),
      address: z.string().optional(),
    }),
    action: z.string(),
    object: z.object({ kind: z.string(), id: z.string(), name: z.string().optional() }).optional(),
    details: z.record(z.string(), z.unknown()),
    hash: z.string().meta({ description: 'SHA-256 over this event and the hash of the one before.' }),
    previousHash: z.string(),
  })
  .meta({ id: 'AuditEvent' });

export function auditEventJson(event: AuditEvent): z.infer<typeof auditEventSchema> {
  const { sequence, at, actor, action, object, details, hash, previousHash } = event;
  return {
    sequence,
    at: at.toISOString(),
    actor: { ...actor },
    action,
    ...(object && { object: { ...object } }),
    details: { ...details },
    hash,
    previousHash,
  };
}
