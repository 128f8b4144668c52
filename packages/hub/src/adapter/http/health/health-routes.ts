import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Health } from '../../../application/health/health.ts';

const healthSchema = z.object({ status: z.enum(['ok', 'unavailable']), version: z.string() }).meta({ id: 'Health' });

export interface HealthRoutesOptions {
  readonly health: Health;
  readonly version: string;
}

/** `/health`: for whoever watches over the hub; open to all, and telling nothing of what it does. */
export const healthRoutes: FastifyPluginAsyncZod<HealthRoutesOptions> = async (app, { health, version }) => {
  const healthy = { status: 'ok', version } as const;
  const unavailable = { status: 'unavailable', version } as const;

  app.get(
    '/health/live',
    {
      schema: {
        operationId: 'getLiveness',
        summary: 'Whether the process answers',
        description: 'If it does, restarting it would help nothing.',
        response: { 200: healthSchema },
      },
    },
    async () => healthy,
  );

  // The process can do its work. `/health` is the same under the name that people try first.
  for (const [path, operationId] of Object.entries({ '/health': 'getHealth', '/health/ready': 'getReadiness' })) {
    app.get(
      path,
      {
        schema: {
          operationId,
          summary: 'Whether the hub can do its work',
          response: { 200: healthSchema, 503: healthSchema },
        },
      },
      async (request, reply) => {
        try {
          await health.check();
          return healthy;
        } catch (cause) {
          request.log.error({ err: cause }, 'the hub is not ready');
          return reply.code(503).send(unavailable);
        }
      },
    );
  }
};
