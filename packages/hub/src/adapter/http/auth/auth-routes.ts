import { FerryError } from '@ferryline/engine';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuthService, Login } from '../../../application/auth/auth-service.ts';
import { authenticate } from '../middleware/authentication.ts';
import { limitAddresses } from '../middleware/rate-limits.ts';
import { emptyBody } from '../request/empty-body.ts';
import { codeText, emailText, passwordText } from '../user/credential-texts.ts';
import { answerLogin, callerOf, transportSchema } from './login-answer.ts';
import { loginSchema } from './login-json.ts';
import { clearRefreshCookie, type RefreshCookie, readRefreshCookie, refreshCookie } from './refresh-cookie.ts';
import { requireSameOrigin } from './same-origin.ts';

const MAX_REFRESH_TOKEN_LENGTH = 512;

const credentialsSchema = z
  .strictObject({ email: emailText, password: passwordText, transport: transportSchema })
  .meta({ id: 'Credentials', examples: [{ email: 'kim@example.com', password: 'correct horse battery' }] });
const refreshSchema = z
  .strictObject({
    refreshToken: z
      .string()
      .min(1)
      .max(MAX_REFRESH_TOKEN_LENGTH)
      .exactOptional()
      .meta({ description: 'Left out, the one in the cookie is meant.' }),
  })
  .nullish()
  .meta({ id: 'Refresh' });
const registrationSchema = z
  .strictObject({ code: codeText, password: passwordText, transport: transportSchema })
  .meta({ id: 'Registration' });

export interface AuthRoutesOptions {
  readonly auth: AuthService;
  readonly secureCookies: boolean;
  readonly signInsPerMinute: number;
}

/** `/auth`: signing in and out. The cookie signs nothing but refreshing and signing out. */
export const authRoutes: FastifyPluginAsyncZod<AuthRoutesOptions> = async (app, options) => {
  const { auth, signInsPerMinute } = options;
  const cookie = refreshCookie(options.secureCookies);

  app.post(
    '/auth/login',
    {
      schema: {
        operationId: 'login',
        summary: 'Sign in with e-mail address and password',
        body: credentialsSchema,
        response: { 200: loginSchema },
      },
      config: { ...limitAddresses(signInsPerMinute, 'sign in'), problems: ['UNAUTHENTICATED', 'FORBIDDEN'] },
    },
    async (request, reply) => {
      const { email, password, transport = 'body' } = request.body;
      return answerLogin(request, reply, cookie, transport, () =>
        auth.login({ email, password, ...callerOf(request) }),
      );
    },
  );

  app.post(
    '/auth/refresh',
    {
      schema: {
        operationId: 'refresh',
        summary: 'Get a new access token for a refresh token',
        description: 'And a new refresh token: the one that was shown is used up. Shown twice, it ends the sign-in.',
        body: refreshSchema,
        response: { 200: loginSchema },
      },
      config: { ...limitAddresses(signInsPerMinute, 'refresh'), problems: ['UNAUTHENTICATED', 'FORBIDDEN'] },
    },
    async (request, reply) => {
      const shown = request.body?.refreshToken;
      if (shown !== undefined) {
        return answerLogin(request, reply, cookie, 'body', () =>
          auth.refresh({ refreshToken: shown, ...callerOf(request) }),
        );
      }
      return answerLogin(request, reply, cookie, 'cookie', async () => {
        const refreshToken = readRefreshCookie(request, cookie);
        if (refreshToken === undefined) throw notSignedIn();
        return forgettingUseless(reply, cookie, () => auth.refresh({ refreshToken, ...callerOf(request) }));
      });
    },
  );

  app.post(
    '/auth/logout',
    {
      schema: {
        operationId: 'logout',
        summary: 'End this sign-in',
        description: 'The one of the access token; without one, the one of the cookie.',
        body: emptyBody,
        response: { 204: z.undefined() },
      },
      config: { ...limitAddresses(signInsPerMinute, 'sign out'), problems: ['UNAUTHENTICATED', 'FORBIDDEN'] },
    },
    async (request, reply) => {
      if (request.headers.authorization !== undefined) {
        await auth.logout(await authenticate(auth, request));
        return reply.code(204).send();
      }
      requireSameOrigin(request);
      const refreshToken = readRefreshCookie(request, cookie);
      if (refreshToken === undefined) throw notSignedIn();
      // The token says which sign-in it is by being used up; what comes of it is ended at once.
      const { user } = await forgettingUseless(reply, cookie, () =>
        auth.refresh({ refreshToken, ...callerOf(request) }),
      );
      await auth.logout(user);
      clearRefreshCookie(reply, cookie);
      return reply.code(204).send();
    },
  );

  app.post(
    '/auth/register',
    {
      schema: {
        operationId: 'register',
        summary: 'Answer an invitation with a password of your own',
        body: registrationSchema,
        response: { 200: loginSchema },
      },
      config: {
        ...limitAddresses(signInsPerMinute, 'answer an invitation'),
        problems: ['UNAUTHENTICATED', 'FORBIDDEN'],
      },
    },
    async (request, reply) => {
      const { code, password, transport = 'body' } = request.body;
      return answerLogin(request, reply, cookie, transport, () =>
        auth.register({ code, password, ...callerOf(request) }),
      );
    },
  );
};

/** Takes the cookie away when its token opens nothing any more; a hub that is only busy leaves people signed in. */
async function forgettingUseless(
  reply: FastifyReply,
  cookie: RefreshCookie,
  refresh: () => Promise<Login>,
): Promise<Login> {
  try {
    return await refresh();
  } catch (thrown) {
    if (thrown instanceof FerryError && thrown.code === 'UNAUTHENTICATED') clearRefreshCookie(reply, cookie);
    throw thrown;
  }
}

function notSignedIn(): FerryError {
  return new FerryError(
    'UNAUTHENTICATED',
    'There is no refresh token: neither in the body nor in the cookie. Sign in.',
  );
}
