import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { AgentService } from '../../application/agent/agent-service.ts';
import { agentJson, agentSchema } from './agent-json.ts';
import { pageJson, pageSchema } from './page-json.ts';
import { idParams, pageQuery, pageRequest } from './request-schemas.ts';

export interface AgentRoutesOptions {
  readonly agents: AgentService;
}

/** `/agents`: the machines that files can come from and go to. */
export const agentRoutes: FastifyPluginAsyncZod<AgentRoutesOptions> = async (app, { agents }) => {
  app.get(
    '/agents',
    { schema: { querystring: pageQuery, response: { 200: pageSchema(agentSchema) } } },
    async (request) => pageJson(await agents.list(pageRequest(request.query)), agentJson),
  );

  app.get('/agents/:id', { schema: { params: idParams, response: { 200: agentSchema } } }, async (request) =>
    agentJson(await agents.get(request.params.id)),
  );
};
