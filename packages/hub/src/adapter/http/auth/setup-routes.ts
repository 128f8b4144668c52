import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuthService } from '../../../application/auth/auth-service.ts';
import { limitAddresses } from '../middleware/rate-limits.ts';
import { requireThisMachine } from '../middleware/this-machine.ts';
import { codeText, emailText, passwordText } from '../user/credential-texts.ts';
import { answerLogin, callerOf, transportSchema } from './login-answer.ts';
import { loginSchema } from './login-json.ts';
import { refreshCookie } from './refresh-cookie.ts';

const setupSchema = z
  .strictObject({
    code: codeText.meta({ description: 'The setup code that the hub printed when it started.' }),
    email: emailText,
    password: passwordText,
    transport: transportSchema,
  })
  .meta({ id: 'Setup' });

const setupNeedSchema = z.object({ needed: z.boolean() }).meta({ id: 'SetupNeed' });

export interface SetupRoutesOptions {
  readonly auth: AuthService;
  readonly secureCookies: boolean;
  readonly signInsPerMinute: number;
  /** Whether it may be done from another machine. */
  readonly setupRemote: boolean;
}

/** `/auth/setup`: the first administrator of a hub that has no users. After that it leads nowhere (ATTACKS.md A1). */
export const setupRoutes: FastifyPluginAsyncZod<SetupRoutesOptions> = async (app, options) => {
  const { auth, secureCookies, signInsPerMinute, setupRemote } = options;
  const cookie = refreshCookie(secureCookies);

  app.get(
    '/auth/setup',
    {
      schema: {
        operationId: 'getSetupNeed',
        summary: 'Whether the hub still needs its first administrator',
        response: { 200: setupNeedSchema },
      },
      config: limitAddresses(signInsPerMinute, 'look whether the hub is set up'),
    },
    async () => ({ needed: await auth.isSetUpNeeded() }),
  );

  app.post(
    '/auth/setup',
    {
      schema: {
        operationId: 'setUp',
        summary: 'Make the first administrator, and sign them in',
        body: setupSchema,
        response: { 200: loginSchema },
      },
      config: {
        ...limitAddresses(signInsPerMinute, 'set the hub up'),
        problems: ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
      },
    },
    async (request, reply) => {
      if (!setupRemote) requireThisMachine(request);
      const { code, email, password, transport = 'body' } = request.body;
      return answerLogin(request, reply, cookie, transport, () =>
        auth.setUp({ code, email, password, ...callerOf(request) }),
      );
    },
  );
};
