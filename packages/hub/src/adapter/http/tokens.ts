import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgentService } from '../../application/agent/agent-service.ts';
import type { TokenService } from '../../application/token/token-service.ts';
import { requireAdministrator } from './authentication.ts';
import { pageJson, pageSchema } from './page-json.ts';
import { emptyBody, idParams, pageQuery, pageRequest } from './request-schemas.ts';
import { tokenJson, tokenSchema } from './token-json.ts';

const newTokenSchema = z.strictObject({
  agent: z.string().max(255),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
/** `token` is the secret: it is in this answer and nowhere else. */
const createdTokenSchema = tokenSchema.extend({ token: z.string() });

export interface TokenRoutesOptions {
  readonly tokens: TokenService;
  readonly agents: AgentService;
}

/** `/tokens`: the credentials of agents. For administrators. */
export const tokenRoutes: FastifyPluginAsyncZod<TokenRoutesOptions> = async (app, { tokens, agents }) => {
  app.addHook('onRequest', async (request) => requireAdministrator(request, 'see and change agent tokens'));

  app.get(
    '/tokens',
    { schema: { querystring: pageQuery, response: { 200: pageSchema(tokenSchema) } } },
    async (request) => {
      const page = await tokens.list(pageRequest(request.query));
      const named = await agents.getMany(page.items.map((token) => token.agentId));
      return pageJson(page, (token) => tokenJson(token, named));
    },
  );

  app.post(
    '/tokens',
    { schema: { body: newTokenSchema, response: { 201: createdTokenSchema } } },
    async (request, reply) => {
      const { agent: agentName, expiresAt } = request.body;
      const { agent, token, secret } = await tokens.create({
        agentName,
        ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
      });
      return reply.code(201).send({ ...tokenJson(token, new Map([[agent.id, agent]])), token: secret });
    },
  );

  app.post('/tokens/:id/revoke', { schema: { params: idParams, body: emptyBody } }, async (request, reply) => {
    await tokens.revoke(request.params.id);
    return reply.code(204).send();
  });
};
