import type { FastifyPluginAsync } from 'fastify';
import type { ApiRoutesOptions } from './api-routes.ts';
import { metricsRoutes } from './metrics/metrics-routes.ts';
import { requirePrincipal } from './middleware/authentication.ts';
import { limitUsers } from './middleware/rate-limits.ts';

/** What stands beside `/api/v1`, where programs that watch over services look for it; behind the same door. */
export const watchRoutes: FastifyPluginAsync<Pick<ApiRoutesOptions, 'services' | 'options'>> = async (
  app,
  { services: { auth, metrics }, options },
) => {
  requirePrincipal(app, auth);
  limitUsers(app, options.requestsPerMinute);
  app.register(metricsRoutes, { metrics });
};
