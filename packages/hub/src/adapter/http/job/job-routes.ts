import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { JobService } from '../../../application/job/job-service.ts';
import { tagVersion } from '../answer/entity-tag.ts';
import { pageJson, pageSchema } from '../answer/page-json.ts';
import { principalOf } from '../middleware/authentication.ts';
import { emptyBody } from '../request/empty-body.ts';
import { changing, ifMatchHeaders } from '../request/expected-version.ts';
import { idParams } from '../request/id-params.ts';
import { onceHeaders, onceRequest, sayMade } from '../request/once-request.ts';
import { pageRequest } from '../request/page-query.ts';
import { runSchema } from '../run/run-json.ts';
import { runPlanJson, runPlanSchema } from '../run/run-plan-json.ts';
import type { RunView } from '../run/run-view.ts';
import { jobSchema } from './job-json.ts';
import { jobChangesSchema, jobQuery, newJobSchema } from './job-requests.ts';
import type { JobView } from './job-view.ts';

export interface JobRoutesOptions {
  readonly jobs: JobService;
  readonly jobView: JobView;
  readonly runView: RunView;
}

/** `/jobs`: standing orders. */
export const jobRoutes: FastifyPluginAsyncZod<JobRoutesOptions> = async (app, { jobs, jobView, runView }) => {
  app.get(
    '/jobs',
    {
      schema: {
        operationId: 'listJobs',
        summary: 'Your jobs; to an administrator, all',
        querystring: jobQuery,
        response: { 200: pageSchema('JobPage', jobSchema) },
      },
    },
    async (request) => {
      const { status, agent, q, ...page } = request.query;
      const filter = { ...(status && { status }), ...(agent && { agentId: agent }), ...(q && { text: q }) };
      const found = await jobs.list(principalOf(request), filter, pageRequest(page));
      return pageJson(found, await jobView.of(found.items));
    },
  );

  app.post(
    '/jobs',
    {
      schema: {
        operationId: 'createJob',
        summary: 'Make a job',
        headers: onceHeaders,
        body: newJobSchema,
        response: { 201: jobSchema },
      },
      config: { problems: ['NOT_FOUND', 'CONFLICT', 'PATH_NOT_ALLOWED', 'AGENT_OFFLINE'] },
    },
    async (request, reply) => {
      const { made, isRepeat } = await jobs.create(principalOf(request), request.body, onceRequest(request));
      sayMade({ isRepeat }, reply);
      tagVersion(reply, made);
      return jobView.one(made);
    },
  );

  app.get(
    '/jobs/:id',
    { schema: { operationId: 'getJob', summary: 'One job', params: idParams, response: { 200: jobSchema } } },
    async (request, reply) => {
      const job = await jobs.get(principalOf(request), request.params.id);
      tagVersion(reply, job);
      return jobView.one(job);
    },
  );

  app.patch(
    '/jobs/:id',
    {
      schema: {
        operationId: 'changeJob',
        summary: 'Change a job, pause it or let it go on',
        description: 'What is left out stays as it is. A run that is under way ends as it began.',
        params: idParams,
        headers: ifMatchHeaders,
        body: jobChangesSchema,
        response: { 200: jobSchema },
      },
      config: { problems: ['CONFLICT', 'PATH_NOT_ALLOWED', 'AGENT_OFFLINE'] },
    },
    async (request, reply) => {
      const { params, body } = request;
      const job = await changing(request, (version) => jobs.update(principalOf(request), params.id, version, body));
      tagVersion(reply, job);
      return jobView.one(job);
    },
  );

  app.delete(
    '/jobs/:id',
    {
      schema: {
        operationId: 'deleteJob',
        summary: 'Remove a job',
        description: 'Its runs stay, and no longer name it.',
        params: idParams,
        headers: ifMatchHeaders,
        body: emptyBody,
        response: { 204: z.undefined() },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { id } = request.params;
      await changing(request, (version) => jobs.delete(principalOf(request), id, version));
      return reply.code(204).send();
    },
  );

  app.post(
    '/jobs/:id/run',
    {
      schema: {
        operationId: 'runJob',
        summary: 'Run a job now',
        params: idParams,
        headers: onceHeaders,
        body: emptyBody,
        response: { 201: runSchema },
      },
      config: { problems: ['CONFLICT', 'PATH_NOT_ALLOWED', 'AGENT_OFFLINE'] },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const trigger = principal.credential.kind === 'signIn' ? 'manual' : 'api';
      const { made, isRepeat } = await jobs.run(principal, request.params.id, { trigger }, onceRequest(request));
      sayMade({ isRepeat }, reply);
      return runView.one(made);
    },
  );

  app.get(
    '/jobs/:id/plan',
    {
      // Asked for its head alone, it would have agents walk their trees for nobody.
      exposeHeadRoute: false,
      schema: {
        operationId: 'planJob',
        summary: 'What a run of a job would do now',
        description: 'Asks the agents and decides as a run does; nothing is started and nothing is kept.',
        params: idParams,
        response: { 200: runPlanSchema },
      },
      config: {
        problems: ['AGENT_OFFLINE', 'PATH_NOT_ALLOWED', 'SOURCE_NOT_FOUND', 'SOURCE_UNREADABLE', 'TOO_LARGE'],
      },
    },
    async (request) => runPlanJson(await jobs.plan(principalOf(request), request.params.id, request.signal)),
  );
};
