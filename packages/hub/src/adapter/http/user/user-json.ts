import { z } from 'zod';
import { type User, userRoles } from '../../../domain/user/user.ts';
import { momentSchema } from '../answer/moment.ts';

export const roleSchema = z.enum(userRoles);

export const userReferenceSchema = z.object({ id: z.int(), email: z.string() }).meta({ id: 'UserReference' });

export const userSchema = z
  .object({
    id: z.int(),
    email: z.string(),
    role: roleSchema,
    disabled: z.boolean(),
    invitedUntil: momentSchema
      .optional()
      .meta({ description: 'Until when an invitation can be answered, if one is open.' }),
    createdAt: momentSchema,
  })
  .meta({ id: 'User' });

export function userJson({ id, email, role, disabledAt, invitedUntil, createdAt }: User): z.infer<typeof userSchema> {
  return {
    id,
    email,
    role,
    disabled: disabledAt !== undefined,
    ...(invitedUntil && { invitedUntil: invitedUntil.toISOString() }),
    createdAt: createdAt.toISOString(),
  };
}

export type UsersById = ReadonlyMap<number, User>;

/** A user as other resources name them. */
export function userReferenceJson(users: UsersById, id: number): z.infer<typeof userReferenceSchema> {
  return { id, email: users.get(id)?.email ?? '(removed)' };
}
