import type { FastifyInstance } from 'fastify';
import type { RequestObserver } from '../../../application/metrics/request-observer.ts';

/** Tells of every request when it is answered, by the pattern of its route: paths name what belongs to people. */
export function observeRequests(app: FastifyInstance, observer: RequestObserver): void {
  app.addHook('onResponse', async (request, reply) => {
    observer.requestAnswered({
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
  });
}
