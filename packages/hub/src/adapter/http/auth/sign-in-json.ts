import { z } from 'zod';
import type { SignIn } from '../../../domain/user/sign-in.ts';
import { momentSchema } from '../answer/moment.ts';

export const signInSchema = z
  .object({
    id: z.string(),
    current: z.boolean().meta({ description: 'It is the one that asks.' }),
    address: z.string(),
    client: z.string(),
    createdAt: momentSchema,
    lastUsedAt: momentSchema,
    expiresAt: momentSchema.meta({ description: 'When it ends if it is not used.' }),
    endsAt: momentSchema.meta({ description: 'When it ends whatever happens.' }),
  })
  .meta({ id: 'SignIn' });

export function signInJson(signIn: SignIn, currentId: string | undefined): z.infer<typeof signInSchema> {
  const { id, address, client, createdAt, lastUsedAt, expiresAt, endsAt } = signIn;
  return {
    id,
    current: id === currentId,
    address,
    client,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    endsAt: endsAt.toISOString(),
  };
}
