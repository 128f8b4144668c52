import { FerryError } from '@ferryline/engine';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuthService } from '../../application/auth/auth-service.ts';
import type { Principal } from '../../application/auth/principal.ts';
import { type Authenticate, principalOf } from './authentication.ts';

/** A script may sign in for every command; for one who guesses passwords of twelve characters it is nothing. Counted for each address. */
const LOGINS_PER_MINUTE = 60;

const userSchema = z.object({ id: z.int(), email: z.string(), role: z.enum(['admin', 'user']) });
const credentialsSchema = z.strictObject({ email: z.string().max(254), password: z.string().max(1024) });
const loginSchema = z.object({ accessToken: z.string(), expiresAt: z.string(), user: userSchema });

export interface AuthRoutesOptions {
  readonly auth: AuthService;
  readonly authenticate: Authenticate;
}

/** `/auth`: signing in, and who one is. */
export const authRoutes: FastifyPluginAsyncZod<AuthRoutesOptions> = async (app, { auth, authenticate }) => {
  app.post(
    '/auth/login',
    {
      schema: { body: credentialsSchema, response: { 200: loginSchema } },
      config: { rateLimit: { max: LOGINS_PER_MINUTE, timeWindow: '1 minute', errorResponseBuilder: tooManyLogins } },
    },
    async (request) => {
      const { accessToken, expiresAt, user } = await auth.login(request.body.email, request.body.password);
      return { accessToken, expiresAt: expiresAt.toISOString(), user: userJson(user) };
    },
  );

  app.get('/auth/me', { onRequest: authenticate, schema: { response: { 200: userSchema } } }, async (request) =>
    userJson(principalOf(request)),
  );
};

function userJson({ userId, email, role }: Principal): z.infer<typeof userSchema> {
  return { id: userId, email, role };
}

function tooManyLogins(_request: unknown, { after }: { readonly after: string }): FerryError {
  return new FerryError('RATE_LIMITED', `Too many attempts to sign in from this address. Try again in ${after}.`);
}
