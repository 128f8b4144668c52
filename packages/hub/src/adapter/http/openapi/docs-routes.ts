import swaggerUi from '@fastify/swagger-ui';
import type { FastifyPluginAsync } from 'fastify';
import { docsHeaders } from '../middleware/security-headers.ts';

/** `/openapi.json`, and `/docs` to browse it: with assets of our own only, so that it works on closed networks. */
export const docsRoutes: FastifyPluginAsync = async (app) => {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());

  await app.register(async (pages) => {
    pages.addHook('onRequest', async (_request, reply) => {
      reply.headers(docsHeaders);
    });
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      // What the page links to: a plugin cannot see below which prefix it stands.
      indexPrefix: '/api/v1',
      uiConfig: { persistAuthorization: false, tryItOutEnabled: false, deepLinking: true },
    });
  });
};
