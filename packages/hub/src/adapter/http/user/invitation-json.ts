import { z } from 'zod';
import type { InvitationCode } from '../../../application/user/invitation.ts';
import { momentSchema } from '../answer/moment.ts';

export const invitationSchema = z
  .object({
    code: z.string().meta({ description: 'The one-time code, for whoever is invited. Shown this once.' }),
    until: momentSchema,
  })
  .meta({ id: 'Invitation' });

export function invitationJson({ code, until }: InvitationCode): z.infer<typeof invitationSchema> {
  return { code, until: until.toISOString() };
}
