import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgentService } from '../../../application/agent/agent-service.ts';
import { tagVersion } from '../answer/entity-tag.ts';
import { pageJson, pageSchema } from '../answer/page-json.ts';
import { principalOf } from '../middleware/authentication.ts';
import { emptyBody } from '../request/empty-body.ts';
import { changing, ifMatchHeaders } from '../request/expected-version.ts';
import { idParams } from '../request/id-params.ts';
import { onceHeaders, onceRequest, sayMade } from '../request/once-request.ts';
import { pageRequest } from '../request/page-query.ts';
import { agentJson, agentSchema, transportSchema } from './agent-json.ts';
import { agentChangesSchema, agentQuery, browseRequest, listingQuery, newAgentSchema } from './agent-requests.ts';
import { listingJson, listingSchema } from './listing-json.ts';

const signOfLifeSchema = z.object({ roundTripMs: z.number(), transport: transportSchema }).meta({ id: 'SignOfLife' });

export interface AgentRoutesOptions {
  readonly agents: AgentService;
}

/** `/agents`: the machines that files can come from and go to. */
export const agentRoutes: FastifyPluginAsyncZod<AgentRoutesOptions> = async (app, { agents }) => {
  app.get(
    '/agents',
    {
      schema: {
        operationId: 'listAgents',
        summary: 'The agents that you may use',
        querystring: agentQuery,
        response: { 200: pageSchema('AgentPage', agentSchema) },
      },
    },
    async (request) => {
      const { status, label, q, ...page } = request.query;
      const filter = { ...(status && { status }), ...(label && { label }), ...(q && { text: q }) };
      return pageJson(await agents.list(principalOf(request), filter, pageRequest(page)), agentJson);
    },
  );

  app.post(
    '/agents',
    {
      schema: {
        operationId: 'createAgent',
        summary: 'Make an agent',
        description: 'It is offline until somebody starts it with a token of its own.',
        headers: onceHeaders,
        body: newAgentSchema,
        response: { 201: agentSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { made, isRepeat } = await agents.create(principalOf(request), request.body, onceRequest(request));
      sayMade({ isRepeat }, reply);
      tagVersion(reply, made);
      return agentJson(made);
    },
  );

  app.get(
    '/agents/:id',
    {
      schema: { operationId: 'getAgent', summary: 'One agent', params: idParams, response: { 200: agentSchema } },
    },
    async (request, reply) => {
      const agent = await agents.get(principalOf(request), request.params.id);
      tagVersion(reply, agent);
      return agentJson(agent);
    },
  );

  app.patch(
    '/agents/:id',
    {
      schema: {
        operationId: 'changeAgent',
        summary: 'Rename, describe or label an agent',
        params: idParams,
        headers: ifMatchHeaders,
        body: agentChangesSchema,
        response: { 200: agentSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { params, body } = request;
      const agent = await changing(request, (version) => agents.update(principalOf(request), params.id, version, body));
      tagVersion(reply, agent);
      return agentJson(agent);
    },
  );

  app.delete(
    '/agents/:id',
    {
      schema: {
        operationId: 'deleteAgent',
        summary: 'Remove an agent',
        description: 'With its tokens, so that it connects no more. One that jobs or runs name stays.',
        params: idParams,
        headers: ifMatchHeaders,
        body: emptyBody,
        response: { 204: z.undefined() },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { id } = request.params;
      await changing(request, (version) => agents.delete(principalOf(request), id, version));
      return reply.code(204).send();
    },
  );

  app.post(
    '/agents/:id/test',
    {
      schema: {
        operationId: 'testAgent',
        summary: 'Ask an agent for a sign of life',
        params: idParams,
        body: emptyBody,
        response: { 200: signOfLifeSchema },
      },
      config: { problems: ['AGENT_OFFLINE', 'TIMEOUT'] },
    },
    async (request) => agents.test(principalOf(request), request.params.id),
  );

  app.get(
    '/agents/:id/files',
    {
      schema: {
        operationId: 'listAgentFiles',
        summary: 'What is in a directory of an agent',
        description: 'As the agent says at this moment; below its allowed roots only.',
        params: idParams,
        querystring: listingQuery,
        response: { 200: listingSchema },
      },
      config: { problems: ['AGENT_OFFLINE', 'TIMEOUT', 'PATH_NOT_ALLOWED', 'SOURCE_NOT_FOUND', 'SOURCE_UNREADABLE'] },
    },
    async (request) =>
      listingJson(await agents.browse(principalOf(request), request.params.id, browseRequest(request.query))),
  );
};
