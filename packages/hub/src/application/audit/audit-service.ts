import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import type { AuditFilter } from '../../domain/audit/audit-repository.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { authorize } from '../auth/can.ts';
import type { Principal } from '../auth/principal.ts';
import type { Store } from '../store/store.ts';
import { type AuditVerdict, ChainCheck } from './chain-check.ts';

/** Events read at a time when the whole chain is walked: its length costs no memory. */
const BATCH_EVENTS = 1_000;

/** Who did what: for administrators. */
export class AuditService {
  readonly #store: Store;

  constructor({ store }: { readonly store: Store }) {
    this.#store = store;
  }

  /** Newest first. @throws FerryError FORBIDDEN. */
  async list(principal: Principal, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>> {
    mustReadAudit(principal);
    return this.#store.audit.list(filter, page);
  }

  /** Whether every event since the first is there, unchanged and in order. @throws FerryError FORBIDDEN. */
  async verify(principal: Principal): Promise<AuditVerdict> {
    mustReadAudit(principal);
    // Before the walk: what is appended while it lasts is not missed at its end.
    const head = await this.#store.audit.head();
    const check = new ChainCheck();
    for await (const event of this.#walk(async () => undefined)) {
      const broken = check.next(event);
      if (broken !== undefined) return broken;
      if (event.sequence === head.length) break;
    }
    return check.end(head);
  }

  /**
   * Every event, oldest first. A long chain is long on its way: it ends with the credential that asked for it.
   *
   * @param identify who asks, with the rights they have now; rejects when their credential is good no more
   * @throws FerryError FORBIDDEN; between events also what `identify` throws.
   */
  export(principal: Principal, identify: () => Promise<Principal>): AsyncGenerator<AuditEvent> {
    mustReadAudit(principal);
    return this.#walk(async () => mustReadAudit(await identify()));
  }

  /** @param requireRight called behind each batch; rejects when there may be no other */
  async *#walk(requireRight: () => Promise<void>): AsyncGenerator<AuditEvent> {
    let sequence = 0;
    for (;;) {
      const events = await this.#store.audit.listAfter(sequence, BATCH_EVENTS);
      yield* events;
      const last = events.at(-1);
      if (last === undefined) return;
      sequence = last.sequence;
      await requireRight();
    }
  }
}

function mustReadAudit(principal: Principal): void {
  authorize(principal, 'read', { kind: 'hub' }, { named: 'audit event', doing: 'see the audit log' });
}
