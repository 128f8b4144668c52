import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuthService } from '../../../application/auth/auth-service.ts';
import { pageJson, pageSchema } from '../answer/page-json.ts';
import { principalOf } from '../middleware/authentication.ts';
import { emptyBody } from '../request/empty-body.ts';
import { pageQuery, pageRequest } from '../request/page-query.ts';
import { signInJson, signInSchema } from './sign-in-json.ts';

const signInParams = z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected the id of a sign-in') });

export interface SignInRoutesOptions {
  readonly auth: AuthService;
}

/** `/auth/sign-ins`: where one is signed in, and ending it from afar. */
export const signInRoutes: FastifyPluginAsyncZod<SignInRoutesOptions> = async (app, { auth }) => {
  app.get(
    '/auth/sign-ins',
    {
      schema: {
        operationId: 'listSignIns',
        summary: 'Where you are signed in',
        querystring: pageQuery,
        response: { 200: pageSchema('SignInPage', signInSchema) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { credential } = principal;
      const current = credential.kind === 'signIn' ? credential.id : undefined;
      const page = await auth.listSignIns(principal, pageRequest(request.query));
      return pageJson(page, (signIn) => signInJson(signIn, current));
    },
  );

  app.delete(
    '/auth/sign-ins/:id',
    {
      schema: {
        operationId: 'revokeSignIn',
        summary: 'End one of your sign-ins',
        params: signInParams,
        body: emptyBody,
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await auth.revokeSignIn(principalOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
};
