import { z } from 'zod';
import type { Login } from '../../../application/auth/auth-service.ts';
import { momentSchema } from '../answer/moment.ts';
import { roleSchema } from '../user/user-json.ts';

const signedInUserSchema = z.object({ id: z.int(), email: z.string(), role: roleSchema }).meta({ id: 'SignedInUser' });

export const loginSchema = z
  .object({
    accessToken: z.string(),
    expiresAt: momentSchema,
    refreshToken: z
      .string()
      .optional()
      .meta({ description: 'Absent when it went into the cookie. Good for one refresh.' }),
    refreshExpiresAt: momentSchema,
    user: signedInUserSchema,
  })
  .meta({ id: 'Login' });

export function loginJson({ accessToken, expiresAt, refreshExpiresAt, user }: Login): z.infer<typeof loginSchema> {
  const { userId: id, email, role } = user;
  return {
    accessToken,
    expiresAt: expiresAt.toISOString(),
    refreshExpiresAt: refreshExpiresAt.toISOString(),
    user: { id, email, role },
  };
}
