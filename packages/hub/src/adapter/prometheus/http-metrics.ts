import { Counter, Histogram, type Registry } from 'prom-client';
import type { ObservedRequest } from '../../application/metrics/request-observer.ts';

/** Where the router finds nothing; what was asked for is whatever somebody typed. */
const NO_ROUTE = '(none)';
/** From a lookup in memory to a directory that an agent on the other side of the world lists. */
const DURATION_BUCKETS_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10];
/** Answered for as long as somebody listens: how long says nothing of the hub. */
const ENDLESS_ROUTES: ReadonlySet<string> = new Set(['/api/v1/events']);

/** Requests by route pattern, method and class of status: as many series as there are routes, whatever is asked. */
export class HttpMetrics {
  readonly #requests: Counter<'method' | 'route' | 'status'>;
  readonly #durations: Histogram<'method' | 'route'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'ferryline_http_requests_total',
      help: 'Requests that were answered, by pattern of the route, method and class of the status.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'ferryline_http_request_duration_seconds',
      help: 'How long requests took to be answered, in seconds, but for streams of events.',
      labelNames: ['method', 'route'],
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
  }

  count({ method, route = NO_ROUTE, status, seconds }: ObservedRequest): void {
    this.#requests.inc({ method, route, status: `${Math.floor(status / 100)}xx` });
    if (!ENDLESS_ROUTES.has(route)) this.#durations.observe({ method, route }, seconds);
  }
}
