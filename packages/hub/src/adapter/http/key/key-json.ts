import { z } from 'zod';
import { type ApiKey, scopes } from '../../../domain/user/api-key.ts';
import { momentSchema } from '../answer/moment.ts';

export const scopeSchema = z.enum(scopes).meta({
  description:
    '`read` only looks, `run` also starts, cancels and retries, `full` is everything but the account itself.',
});

export const keySchema = z
  .object({
    id: z.int(),
    userId: z.int(),
    name: z.string(),
    prefix: z.string().meta({ description: 'How the secret begins, for telling keys apart.' }),
    scope: scopeSchema,
    createdAt: momentSchema,
    expiresAt: momentSchema,
    revokedAt: momentSchema.optional(),
    lastUsedAt: momentSchema.optional(),
  })
  .meta({ id: 'Key' });

export function keyJson(key: ApiKey): z.infer<typeof keySchema> {
  const { id, userId, name, prefix, scope, createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  return {
    id,
    userId,
    name,
    prefix,
    scope,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ...(revokedAt && { revokedAt: revokedAt.toISOString() }),
    ...(lastUsedAt && { lastUsedAt: lastUsedAt.toISOString() }),
  };
}
