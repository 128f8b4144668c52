import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { GrantService } from '../../../application/agent/grant-service.ts';
import { principalOf } from '../middleware/authentication.ts';
import { emptyBody } from '../request/empty-body.ts';
import { idParams, idText } from '../request/id-params.ts';
import { grantAccessSchema, grantJson, grantSchema } from './grant-json.ts';

const grantsSchema = z.object({ items: z.array(grantSchema) }).meta({ id: 'Grants' });
const grantParams = idParams.extend({ userId: idText });
const newGrantSchema = z.strictObject({ access: grantAccessSchema }).meta({ id: 'NewGrant' });

export interface GrantRoutesOptions {
  readonly grants: GrantService;
}

/** `/agents/:id/grants`: with whom an agent is shared. For administrators. */
export const grantRoutes: FastifyPluginAsyncZod<GrantRoutesOptions> = async (app, { grants }) => {
  app.get(
    '/agents/:id/grants',
    {
      schema: {
        operationId: 'listGrants',
        summary: 'With whom an agent is shared',
        params: idParams,
        response: { 200: grantsSchema },
      },
    },
    async (request) => ({ items: (await grants.list(principalOf(request), request.params.id)).map(grantJson) }),
  );

  app.put(
    '/agents/:id/grants/:userId',
    {
      schema: {
        operationId: 'grantAgent',
        summary: 'Share an agent with a user, or change how far',
        params: grantParams,
        body: newGrantSchema,
        response: { 200: grantSchema },
      },
    },
    async (request) => {
      const { id, userId } = request.params;
      return grantJson(await grants.put(principalOf(request), id, userId, request.body.access));
    },
  );

  app.delete(
    '/agents/:id/grants/:userId',
    {
      schema: {
        operationId: 'revokeGrant',
        summary: 'Share an agent with a user no longer',
        description: 'What is under way goes on; jobs of the user that need the agent fail from now on.',
        params: grantParams,
        body: emptyBody,
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await grants.delete(principalOf(request), request.params.id, request.params.userId);
      return reply.code(204).send();
    },
  );
};
