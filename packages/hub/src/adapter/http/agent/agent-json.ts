import { z } from 'zod';
import type { Agent } from '../../../domain/agent/agent.ts';
import { momentSchema } from '../answer/moment.ts';

export const transportSchema = z.enum(['websocket', 'polling']);

export const agentSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    description: z.string(),
    labels: z.array(z.string()),
    status: z.enum(['online', 'offline']),
    transport: transportSchema.optional(),
    info: z
      .object({
        version: z.string(),
        host: z.string(),
        os: z.string(),
        arch: z.string(),
        roots: z.array(z.object({ path: z.string(), access: z.enum(['ro', 'rw']) })),
      })
      .optional()
      .meta({ description: 'What the agent says of itself; absent until it connected for the first time.' }),
    address: z.string().optional(),
    createdAt: momentSchema,
    lastSeenAt: momentSchema.optional(),
    lastPollAt: momentSchema
      .optional()
      .meta({ description: 'When an agent without WebSockets last asked; to the minute.' }),
  })
  .meta({ id: 'Agent' });

export function agentJson(agent: Agent): z.infer<typeof agentSchema> {
  const { id, name, description, labels, status, transport, info, address, createdAt, lastSeenAt, lastPollAt } = agent;
  return {
    id,
    name,
    description,
    labels: [...labels],
    status,
    ...(transport && { transport }),
    ...(info && { info: { ...info, roots: [...info.roots] } }),
    ...(address !== undefined && { address }),
    createdAt: createdAt.toISOString(),
    ...(lastSeenAt && { lastSeenAt: lastSeenAt.toISOString() }),
    ...(lastPollAt && { lastPollAt: lastPollAt.toISOString() }),
  };
}
