import { z } from 'zod';
import { pageQuery, searchText, sortedBy } from '../request/page-query.ts';
import { emailText, passwordText } from './credential-texts.ts';
import { roleSchema } from './user-json.ts';

export const userQuery = pageQuery.extend({
  role: roleSchema.exactOptional(),
  q: searchText.meta({ description: 'Part of the e-mail address.' }),
  sort: sortedBy('id', 'email'),
});

export const newUserSchema = z
  .strictObject({
    email: emailText,
    role: roleSchema,
    password: passwordText.exactOptional().meta({ description: 'Left out, the user is invited to choose one.' }),
  })
  .meta({ id: 'NewUser', examples: [{ email: 'kim@example.com', role: 'user' }] });

/** What is left out stays as it is. */
export const userChangesSchema = z
  .strictObject({
    email: emailText.exactOptional(),
    role: roleSchema.exactOptional(),
    disabled: z.boolean().exactOptional(),
  })
  .meta({ id: 'UserChanges' });
