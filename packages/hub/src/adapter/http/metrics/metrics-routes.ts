import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { MetricsService } from '../../../application/metrics/metrics-service.ts';
import { principalOf } from '../middleware/authentication.ts';

export interface MetricsRoutesOptions {
  readonly metrics: MetricsService;
}

/** `/metrics`: how the hub does, for programs that watch over it. Outside of `/api/v1`, where such programs look. */
export const metricsRoutes: FastifyPluginAsyncZod<MetricsRoutesOptions> = async (app, { metrics }) => {
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics of the hub, for Prometheus',
        description:
          'To administrators; an API key for reading suffices. In the text format of Prometheus, version 0.0.4.',
        response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (request, reply) => {
      const text = await metrics.text(principalOf(request));
      return reply.type(metrics.contentType).send(text);
    },
  );
};
