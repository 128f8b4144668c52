import { z } from 'zod';
import type { Principal } from '../../../application/auth/principal.ts';
import { scopeSchema } from '../key/key-json.ts';
import { roleSchema } from '../user/user-json.ts';

export const meSchema = z
  .object({ id: z.int(), email: z.string(), role: roleSchema, scope: scopeSchema })
  .meta({ id: 'Me' });

export function meJson({ userId, email, role, scope }: Principal): z.infer<typeof meSchema> {
  return { id: userId, email, role, scope };
}
