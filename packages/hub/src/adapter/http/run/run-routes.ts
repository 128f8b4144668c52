import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RunService } from '../../../application/run/run-service.ts';
import { pageJson, pageSchema } from '../answer/page-json.ts';
import { principalOf } from '../middleware/authentication.ts';
import { emptyBody } from '../request/empty-body.ts';
import { idParams } from '../request/id-params.ts';
import { onceHeaders, onceRequest, sayMade, sayRepeat } from '../request/once-request.ts';
import { pageQuery, pageRequest } from '../request/page-query.ts';
import { issueJson, issueSchema, runSchema } from './run-json.ts';
import { adHocRun, newRunSchema, runFilter, runQuery } from './run-requests.ts';
import type { RunView } from './run-view.ts';

export interface RunRoutesOptions {
  readonly runs: RunService;
  readonly runView: RunView;
}

/** `/runs`: ad-hoc copies, executions of jobs, and what became of them. */
export const runRoutes: FastifyPluginAsyncZod<RunRoutesOptions> = async (app, { runs, runView }) => {
  app.post(
    '/runs',
    {
      schema: {
        operationId: 'createRun',
        summary: 'Copy something now',
        description:
          'What is answered will reach an end, whatever happens to the hub. Agents need not be connected at the moment.',
        headers: onceHeaders,
        body: newRunSchema,
        response: { 201: runSchema },
      },
      config: { problems: ['NOT_FOUND', 'CONFLICT', 'PATH_NOT_ALLOWED', 'AGENT_OFFLINE'] },
    },
    async (request, reply) => {
      const once = onceRequest(request);
      const { made, isRepeat } = await runs.create(principalOf(request), adHocRun(request.body), {
        ...(once && { once }),
      });
      sayMade({ isRepeat }, reply);
      return runView.one(made);
    },
  );

  app.get(
    '/runs',
    {
      schema: {
        operationId: 'listRuns',
        summary: 'Your runs; to an administrator, all',
        querystring: runQuery,
        response: { 200: pageSchema('RunPage', runSchema) },
      },
    },
    async (request) => {
      const page = await runs.list(principalOf(request), runFilter(request.query), pageRequest(request.query));
      return pageJson(page, await runView.of(page.items));
    },
  );

  app.get(
    '/runs/:id',
    { schema: { operationId: 'getRun', summary: 'One run', params: idParams, response: { 200: runSchema } } },
    async (request) => runView.one(await runs.get(principalOf(request), request.params.id)),
  );

  app.post(
    '/runs/:id/cancel',
    {
      schema: {
        operationId: 'cancelRun',
        summary: 'Cancel a run',
        description: 'With what is still on its way. What arrived stays where it is.',
        params: idParams,
        body: emptyBody,
        response: { 200: runSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request) => runView.one(await runs.cancel(principalOf(request), request.params.id)),
  );

  app.post(
    '/runs/:id/retry',
    {
      schema: {
        operationId: 'retryRun',
        summary: 'Try again what failed of a run',
        params: idParams,
        headers: onceHeaders,
        body: emptyBody,
        response: { 200: runSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { made, isRepeat } = await runs.retry(principalOf(request), request.params.id, onceRequest(request));
      sayRepeat({ isRepeat }, reply);
      return runView.one(made);
    },
  );

  app.get(
    '/runs/:id/issues',
    {
      schema: {
        operationId: 'listRunIssues',
        summary: 'What a run did not copy, or could not, oldest first',
        params: idParams,
        querystring: pageQuery,
        response: { 200: pageSchema('RunIssuePage', issueSchema) },
      },
    },
    async (request) => {
      const page = await runs.issues(principalOf(request), request.params.id, pageRequest(request.query));
      return pageJson(page, issueJson);
    },
  );
};
