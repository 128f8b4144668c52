import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuthService } from '../../../application/auth/auth-service.ts';
import { principalOf } from '../middleware/authentication.ts';
import { passwordText } from '../user/credential-texts.ts';
import { meJson, meSchema } from './me-json.ts';

const passwordChangeSchema = z
  .strictObject({ current: passwordText, next: passwordText })
  .meta({ id: 'PasswordChange' });

export interface AccountRoutesOptions {
  readonly auth: AuthService;
}

/** Who one is, and one's password. */
export const accountRoutes: FastifyPluginAsyncZod<AccountRoutesOptions> = async (app, { auth }) => {
  app.get(
    '/auth/me',
    {
      schema: {
        operationId: 'getMe',
        summary: 'Who you are, and what your credential is for',
        response: { 200: meSchema },
      },
    },
    async (request) => meJson(principalOf(request)),
  );

  app.post(
    '/auth/password',
    {
      schema: {
        operationId: 'changePassword',
        summary: 'Change your password',
        description: 'Your other sign-ins end; your API keys stay good.',
        body: passwordChangeSchema,
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await auth.changePassword(principalOf(request), request.body);
      return reply.code(204).send();
    },
  );
};
