import { z } from 'zod';
import type { Token } from '../../../domain/token/token.ts';
import { type AgentsById, agentReferenceJson, agentReferenceSchema } from '../agent/agent-reference-json.ts';
import { momentSchema } from '../answer/moment.ts';

export const tokenSchema = z
  .object({
    id: z.int(),
    agent: agentReferenceSchema,
    name: z.string(),
    prefix: z.string(),
    createdAt: momentSchema,
    expiresAt: momentSchema.optional(),
    revokedAt: momentSchema.optional(),
    lastUsedAt: momentSchema.optional(),
  })
  .meta({ id: 'Token' });

export function tokenJson(token: Token, agents: AgentsById): z.infer<typeof tokenSchema> {
  const { id, agentId, name, prefix, createdAt, expiresAt, revokedAt, lastUsedAt } = token;
  return {
    id,
    agent: agentReferenceJson(agents, agentId),
    name,
    prefix,
    createdAt: createdAt.toISOString(),
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    ...(revokedAt && { revokedAt: revokedAt.toISOString() }),
    ...(lastUsedAt && { lastUsedAt: lastUsedAt.toISOString() }),
  };
}
