import { z } from 'zod';
import type { UserGrant } from '../../../application/agent/grant-service.ts';
import { grantAccesses } from '../../../domain/agent/grant.ts';
import { userReferenceSchema } from '../user/user-json.ts';

export const grantAccessSchema = z
  .enum(grantAccesses)
  .meta({ description: '`read`: copy from the agent; `write`: also to it.' });

export const grantSchema = z.object({ user: userReferenceSchema, access: grantAccessSchema }).meta({ id: 'Grant' });

export function grantJson({ user, access }: UserGrant): z.infer<typeof grantSchema> {
  return { user: { id: user.id, email: user.email }, access };
}
