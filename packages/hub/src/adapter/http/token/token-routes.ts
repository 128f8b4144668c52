import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgentService } from '../../../application/agent/agent-service.ts';
import type { TokenService } from '../../../application/token/token-service.ts';
import { pageJson, pageSchema } from '../answer/page-json.ts';
import { principalOf } from '../middleware/authentication.ts';
import { emptyBody } from '../request/empty-body.ts';
import { idParams, idText } from '../request/id-params.ts';
import { onceHeaders, onceRequest, sayMade } from '../request/once-request.ts';
import { momentText, pageQuery, pageRequest } from '../request/page-query.ts';
import { tokenJson, tokenSchema } from './token-json.ts';

const tokenQuery = pageQuery.extend({ agent: idText.exactOptional() });

const newTokenSchema = z
  .strictObject({
    agent: z.string().max(255).meta({ description: 'The name of the agent; made when there is none of that name.' }),
    expiresAt: momentText.exactOptional(),
  })
  .meta({ id: 'NewToken', examples: [{ agent: 'web-01' }] });

/** `token` is the secret: it is in the answer to the first request and nowhere else. */
const createdTokenSchema = tokenSchema.extend({ token: z.string().optional() }).meta({ id: 'CreatedToken' });

export interface TokenRoutesOptions {
  readonly tokens: TokenService;
  readonly agents: AgentService;
}

/** `/tokens`: the credentials of agents. For administrators. */
export const tokenRoutes: FastifyPluginAsyncZod<TokenRoutesOptions> = async (app, { tokens, agents }) => {
  app.get(
    '/tokens',
    {
      schema: {
        operationId: 'listTokens',
        summary: 'The tokens of all agents, or of one',
        querystring: tokenQuery,
        response: { 200: pageSchema('TokenPage', tokenSchema) },
      },
    },
    async (request) => {
      const { agent, ...page } = request.query;
      const filter = { ...(agent !== undefined && { agentId: agent }) };
      const found = await tokens.list(principalOf(request), filter, pageRequest(page));
      const named = await agents.getMany(found.items.map((token) => token.agentId));
      return pageJson(found, (token) => tokenJson(token, named));
    },
  );

  app.post(
    '/tokens',
    {
      schema: {
        operationId: 'createToken',
        summary: 'Make a token for an agent',
        description: 'The secret is shown this once: a repeated request answers the token without it.',
        headers: onceHeaders,
        body: newTokenSchema,
        response: { 201: createdTokenSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { agent: agentName, ...rest } = request.body;
      const { made, isRepeat, agent, secret } = await tokens.create(
        principalOf(request),
        { agentName, ...rest },
        onceRequest(request),
      );
      sayMade({ isRepeat }, reply);
      return { ...tokenJson(made, new Map([[agent.id, agent]])), ...(secret !== undefined && { token: secret }) };
    },
  );

  app.post(
    '/tokens/:id/revoke',
    {
      schema: {
        operationId: 'revokeToken',
        summary: "Revoke an agent's token",
        description: 'What it opened is closed at once.',
        params: idParams,
        body: emptyBody,
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await tokens.revoke(principalOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
};
