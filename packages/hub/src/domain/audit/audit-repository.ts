import type { Page, PageRequest } from '../common/page.ts';
import type { AuditEvent, NewAuditEvent } from './audit-event.ts';

export interface AuditFilter {
  /** The user who did it. */
  readonly userId?: number;
  /** A whole action (`job.created`) or its first word (`job`). */
  readonly action?: string;
  readonly objectKind?: string;
  readonly objectId?: string;
  /** From this moment, inclusive. */
  readonly from?: Date;
  /** Before this moment. */
  readonly until?: Date;
}

/** How long the chain is, and where it ends. */
export interface AuditHead {
  readonly length: number;
  readonly hash: string;
}

export interface AuditRepository {
  /** Adds an event at the end of the chain. In a transaction the change that it tells of and the event stand or fall together. */
  append(event: NewAuditEvent): Promise<AuditEvent>;
  /** Newest first. */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>>;
  /** Up to `limit` events after a position, oldest first: for checking and exporting the whole chain. */
  listAfter(sequence: number, limit: number): Promise<readonly AuditEvent[]>;
  head(): Promise<AuditHead>;
}
