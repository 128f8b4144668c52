import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiKeyService } from '../../../application/user/api-key-service.ts';
import { pageJson, pageSchema } from '../answer/page-json.ts';
import { principalOf } from '../middleware/authentication.ts';
import { emptyBody } from '../request/empty-body.ts';
import { idParams } from '../request/id-params.ts';
import { onceHeaders, onceRequest, sayMade } from '../request/once-request.ts';
import { momentText, pageQuery, pageRequest } from '../request/page-query.ts';
import { keyJson, keySchema, scopeSchema } from './key-json.ts';

const MAX_NAME_LENGTH = 200;

const newKeySchema = z
  .strictObject({
    name: z.string().min(1).max(MAX_NAME_LENGTH),
    scope: scopeSchema,
    expiresAt: momentText.exactOptional(),
  })
  .meta({ id: 'NewKey', examples: [{ name: 'backup script', scope: 'run' }] });

/** `secret` is in the answer to the first request and nowhere else. */
const createdKeySchema = keySchema.extend({ secret: z.string().optional() }).meta({ id: 'CreatedKey' });

export interface KeyRoutesOptions {
  readonly keys: ApiKeyService;
}

/** `/keys`: personal credentials for scripts. Made and revoked by their owner, signed in. */
export const keyRoutes: FastifyPluginAsyncZod<KeyRoutesOptions> = async (app, { keys }) => {
  app.get(
    '/keys',
    {
      schema: {
        operationId: 'listKeys',
        summary: 'Your API keys',
        querystring: pageQuery,
        response: { 200: pageSchema('KeyPage', keySchema) },
      },
    },
    async (request) => pageJson(await keys.list(principalOf(request), pageRequest(request.query)), keyJson),
  );

  app.post(
    '/keys',
    {
      schema: {
        operationId: 'createKey',
        summary: 'Make an API key',
        description: 'The secret is shown this once: a repeated request answers the key without it.',
        headers: onceHeaders,
        body: newKeySchema,
        response: { 201: createdKeySchema },
      },
      config: { problems: ['CONFLICT'] },
    },
    async (request, reply) => {
      const { made, isRepeat, secret } = await keys.create(principalOf(request), request.body, onceRequest(request));
      sayMade({ isRepeat }, reply);
      return { ...keyJson(made), ...(secret !== undefined && { secret }) };
    },
  );

  app.post(
    '/keys/:id/revoke',
    {
      schema: {
        operationId: 'revokeKey',
        summary: 'Revoke an API key',
        description: 'It opens nothing any more from this moment on.',
        params: idParams,
        body: emptyBody,
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await keys.revoke(principalOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
};
