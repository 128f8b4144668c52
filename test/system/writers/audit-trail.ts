import type { Answer, HubClient, Shown } from './hub-client.ts';

/** An event of the audit, in the parts by which one knows what it tells of. */
export interface AuditEvent {
  readonly sequence: number;
  readonly action: string;
  readonly object?: { readonly kind: string; readonly id: string; readonly name?: string };
  readonly details: Shown;
}

/** What an event of the audit can tell of. */
export interface Told {
  /** Whether the event tells of this, or of something just like it. @param answer what the hub said to it, if it did */
  isToldBy(event: AuditEvent, answer?: Answer): boolean;
}

/** The audit, of which each event belongs to exactly one change. */
export class AuditTrail {
  readonly #client: HubClient;
  #sequence = 0;
  #unclaimed: AuditEvent[] = [];

  constructor(client: HubClient) {
    this.#client = client;
  }

  /** Reads what came since the last time. */
  async read(): Promise<void> {
    const newer: AuditEvent[] = [];
    for await (const event of this.#client.list<AuditEvent>('audit')) {
      if (event.sequence <= this.#sequence) break;
      newer.push(event);
    }
    this.#sequence = newer[0]?.sequence ?? this.#sequence;
    this.#unclaimed.push(...newer.toReversed());
  }

  /** Takes the first event that tells of this; returns whether there is one. */
  claim(told: Told, answer?: Answer): boolean {
    const at = this.#unclaimed.findIndex((event) => told.isToldBy(event, answer));
    if (at >= 0) this.#unclaimed.splice(at, 1);
    return at >= 0;
  }

  /** Takes all that is left. */
  claimRest(): readonly AuditEvent[] {
    return this.#unclaimed.splice(0);
  }
}
