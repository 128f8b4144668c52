import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgentService } from '../../../application/agent/agent-service.ts';
import type { TransferService } from '../../../application/transfer/transfer-service.ts';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import { pageJson, pageSchema } from '../answer/page-json.ts';
import { principalOf } from '../middleware/authentication.ts';
import { emptyBody } from '../request/empty-body.ts';
import { idParams } from '../request/id-params.ts';
import { onceHeaders, onceRequest, sayRepeat } from '../request/once-request.ts';
import { pageRequest } from '../request/page-query.ts';
import { agentIdsOfTransfers, chunksJson, chunksSchema, transferJson, transferSchema } from './transfer-json.ts';
import { bulkSchema, bulkTarget, transferFilter, transferQuery } from './transfer-requests.ts';

const bulkResultSchema = z
  .object({
    matched: z.int().meta({ description: 'How many were looked at.' }),
    changed: z.int().meta({ description: 'How many the action could be done to.' }),
  })
  .meta({ id: 'BulkResult' });

export interface TransferRoutesOptions {
  readonly transfers: TransferService;
  readonly agents: AgentService;
}

/** `/transfers`: single files on their way, and those that arrived. */
export const transferRoutes: FastifyPluginAsyncZod<TransferRoutesOptions> = async (app, { transfers, agents }) => {
  async function shown(transfer: Transfer): Promise<z.infer<typeof transferSchema>> {
    return transferJson(transfer, await agents.getMany(agentIdsOfTransfers([transfer])));
  }

  app.get(
    '/transfers',
    {
      schema: {
        operationId: 'listTransfers',
        summary: 'Your transfers; to an administrator, all',
        querystring: transferQuery,
        response: { 200: pageSchema('TransferPage', transferSchema) },
      },
    },
    async (request) => {
      const { query } = request;
      const page = await transfers.list(principalOf(request), transferFilter(query), pageRequest(query));
      const named = await agents.getMany(agentIdsOfTransfers(page.items));
      return pageJson(page, (transfer) => transferJson(transfer, named));
    },
  );

  app.get(
    '/transfers/:id',
    {
      schema: {
        operationId: 'getTransfer',
        summary: 'One transfer',
        params: idParams,
        response: { 200: transferSchema },
      },
    },
    async (request) => shown(await transfers.get(principalOf(request), request.params.id)),
  );

  app.get(
    '/transfers/:id/chunks',
    {
      schema: {
        operationId: 'getTransferChunks',
        summary: 'Which chunks of a transfer have arrived',
        params: idParams,
        response: { 200: chunksSchema },
      },
    },
    async (request) => chunksJson(await transfers.chunks(principalOf(request), request.params.id)),
  );

  app.post(
    '/transfers/:id/cancel',
    {
      schema: {
        operationId: 'cancelTransfer',
        summary: 'Cancel a transfer',
        description: 'Its run goes on, and will be partial.',
        params: idParams,
        body: emptyBody,
        response: { 200: transferSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request) => shown(await transfers.cancel(principalOf(request), request.params.id)),
  );

  app.post(
    '/transfers/:id/resume',
    {
      schema: {
        operationId: 'resumeTransfer',
        summary: 'Let a suspended transfer go on now',
        params: idParams,
        body: emptyBody,
        response: { 200: transferSchema },
      },
      config: { problems: ['CONFLICT', 'AGENT_OFFLINE'] },
    },
    async (request) => shown(await transfers.resume(principalOf(request), request.params.id)),
  );

  app.post(
    '/transfers/:id/retry',
    {
      schema: {
        operationId: 'retryTransfer',
        summary: 'Try a failed transfer again',
        params: idParams,
        headers: onceHeaders,
        body: emptyBody,
        response: { 200: transferSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { made, isRepeat } = await transfers.retry(principalOf(request), request.params.id, onceRequest(request));
      sayRepeat({ isRepeat }, reply);
      return shown(made);
    },
  );

  app.post(
    '/transfers/bulk',
    {
      schema: {
        operationId: 'changeTransfers',
        summary: 'Cancel or retry many transfers',
        description: 'Those among your own that the action can be done to; the others stay as they are.',
        headers: onceHeaders,
        body: bulkSchema,
        response: { 200: bulkResultSchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { body } = request;
      const { made, isRepeat } = await transfers.bulk(
        principalOf(request),
        body.action,
        bulkTarget(body),
        onceRequest(request),
      );
      sayRepeat({ isRepeat }, reply);
      return { matched: made.matched, changed: made.changed };
    },
  );
};
