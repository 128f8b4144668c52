import { authorize } from '../auth/can.ts';
import type { Principal } from '../auth/principal.ts';
import type { MetricsText } from './metrics-text.ts';

/** Metrics of the hub as a whole. For administrators: they tell how much all users together do (ATTACKS.md A22). */
export class MetricsService {
  readonly #metrics: MetricsText;

  constructor({ metrics }: { readonly metrics: MetricsText }) {
    this.#metrics = metrics;
  }

  get contentType(): string {
    return this.#metrics.contentType;
  }

  /** @throws FerryError FORBIDDEN. */
  async text(principal: Principal): Promise<string> {
    authorize(principal, 'read', { kind: 'hub' }, { named: 'metric', doing: 'read the metrics of the hub' });
    return this.#metrics.text();
  }
}
