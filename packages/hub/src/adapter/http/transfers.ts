import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgentService } from '../../application/agent/agent-service.ts';
import type { TransferService } from '../../application/transfer/transfer-service.ts';
import { transferStates } from '../../domain/transfer/lifecycle.ts';
import { principalOf } from './authentication.ts';
import { pageJson, pageSchema } from './page-json.ts';
import { idParams, idText, pageQuery, pageRequest } from './request-schemas.ts';
import { agentIdsOfTransfers, transferJson, transferSchema } from './transfer-json.ts';

const transferQuery = pageQuery.extend({ run: idText.optional(), status: z.enum(transferStates).optional() });

export interface TransferRoutesOptions {
  readonly transfers: TransferService;
  readonly agents: AgentService;
}

/** `/transfers`: single files on their way, and those that arrived. */
export const transferRoutes: FastifyPluginAsyncZod<TransferRoutesOptions> = async (app, { transfers, agents }) => {
  app.get(
    '/transfers',
    { schema: { querystring: transferQuery, response: { 200: pageSchema(transferSchema) } } },
    async (request) => {
      const { run, status } = request.query;
      const page = await transfers.list(
        principalOf(request),
        { ...(run !== undefined && { runId: run }), ...(status !== undefined && { state: status }) },
        pageRequest(request.query),
      );
      const named = await agents.getMany(agentIdsOfTransfers(page.items));
      return pageJson(page, (transfer) => transferJson(transfer, named));
    },
  );

  app.get('/transfers/:id', { schema: { params: idParams, response: { 200: transferSchema } } }, async (request) => {
    const transfer = await transfers.get(principalOf(request), request.params.id);
    return transferJson(transfer, await agents.getMany(agentIdsOfTransfers([transfer])));
  });
};
