import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { HubFigures } from '../../application/metrics/hub-figures.ts';
import type { MetricsText } from '../../application/metrics/metrics-text.ts';
import type { ObservedRequest, RequestObserver } from '../../application/metrics/request-observer.ts';
import { HttpMetrics } from './http-metrics.ts';
import { registerHubMetrics } from './hub-metrics.ts';

export interface PrometheusMetricsDependencies {
  readonly figures: HubFigures;
  /** Of the hub. */
  readonly version: string;
}

/** The hub's metrics in the text format of Prometheus, in a registry of their own: two hubs in one process count apart. */
export class PrometheusMetrics implements MetricsText, RequestObserver {
  readonly #registry = new Registry();
  readonly #http: HttpMetrics;

  constructor({ figures, version }: PrometheusMetricsDependencies) {
    const build = new Gauge({
      name: 'ferryline_build_info',
      help: 'Always 1; which hub this is.',
      labelNames: ['version', 'node'],
      registers: [this.#registry],
    });
    build.set({ version, node: process.version }, 1);
    registerHubMetrics(this.#registry, figures);
    this.#http = new HttpMetrics(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  requestAnswered(request: ObservedRequest): void {
    this.#http.count(request);
  }

  /** Adds what is to be known of the process: memory, CPU, event loop, garbage collection. Goes on until the process ends. */
  observeProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }
}
