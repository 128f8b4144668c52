import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgentService } from '../../application/agent/agent-service.ts';
import type { RunService } from '../../application/run/run-service.ts';
import { runStates } from '../../domain/run/lifecycle.ts';
import type { Run } from '../../domain/run/run.ts';
import { principalOf } from './authentication.ts';
import { pageJson, pageSchema } from './page-json.ts';
import { emptyBody, idParams, pageQuery, pageRequest } from './request-schemas.ts';
import {
  agentIdsOfRuns,
  compressionSchema,
  existingPolicySchema,
  issueJson,
  issueSchema,
  runJson,
  runSchema,
} from './run-json.ts';

const endpointTextSchema = z.strictObject({ agent: z.string().max(255), path: z.string().max(4096) });
const newRunSchema = z.strictObject({
  source: endpointTextSchema,
  destination: endpointTextSchema,
  options: z
    .strictObject({ compression: compressionSchema.optional(), existing: existingPolicySchema.optional() })
    .optional(),
});
const runQuery = pageQuery.extend({ status: z.enum(runStates).optional() });

export interface RunRoutesOptions {
  readonly runs: RunService;
  readonly agents: AgentService;
}

/** `/runs`: ad-hoc copies, and what became of them. */
export const runRoutes: FastifyPluginAsyncZod<RunRoutesOptions> = async (app, { runs, agents }) => {
  async function shown(run: Run): Promise<z.infer<typeof runSchema>> {
    return runJson(run, await agents.getMany(agentIdsOfRuns([run])));
  }

  app.post('/runs', { schema: { body: newRunSchema, response: { 201: runSchema } } }, async (request, reply) => {
    const { source, destination, options = {} } = request.body;
    const { compression, existing } = options;
    const run = await runs.create(principalOf(request), {
      trigger: 'api',
      source,
      destination,
      options: { ...(compression && { compression }), ...(existing && { existing }) },
    });
    return reply.code(201).send(await shown(run));
  });

  app.get('/runs', { schema: { querystring: runQuery, response: { 200: pageSchema(runSchema) } } }, async (request) => {
    const { status } = request.query;
    const page = await runs.list(
      principalOf(request),
      status === undefined ? {} : { state: status },
      pageRequest(request.query),
    );
    const named = await agents.getMany(agentIdsOfRuns(page.items));
    return pageJson(page, (run) => runJson(run, named));
  });

  app.get('/runs/:id', { schema: { params: idParams, response: { 200: runSchema } } }, async (request) =>
    shown(await runs.get(principalOf(request), request.params.id)),
  );

  app.post(
    '/runs/:id/cancel',
    { schema: { params: idParams, body: emptyBody, response: { 200: runSchema } } },
    async (request) => shown(await runs.cancel(principalOf(request), request.params.id)),
  );

  app.get(
    '/runs/:id/issues',
    { schema: { params: idParams, querystring: pageQuery, response: { 200: pageSchema(issueSchema) } } },
    async (request) => {
      const page = await runs.issues(principalOf(request), request.params.id, pageRequest(request.query));
      return pageJson(page, issueJson);
    },
  );
};
