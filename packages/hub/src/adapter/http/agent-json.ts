import { z } from 'zod';
import type { Agent } from '../../domain/agent/agent.ts';

export const agentSchema = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string(),
  labels: z.array(z.string()),
  status: z.enum(['online', 'offline']),
  transport: z.enum(['websocket', 'polling']).optional(),
  info: z
    .object({
      version: z.string(),
      host: z.string(),
      os: z.string(),
      arch: z.string(),
      roots: z.array(z.object({ path: z.string(), access: z.enum(['ro', 'rw']) })),
    })
    .optional(),
  address: z.string().optional(),
  createdAt: z.string(),
  lastSeenAt: z.string().optional(),
});

export function agentJson(agent: Agent): z.infer<typeof agentSchema> {
  const { id, name, description, labels, status, transport, info, address, createdAt, lastSeenAt } = agent;
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
  };
}
