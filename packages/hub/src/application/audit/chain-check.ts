import { hash } from 'node:crypto';
import { type AuditEvent, auditText, FIRST_PREVIOUS_HASH } from '../../domain/audit/audit-event.ts';
import type { AuditHead } from '../../domain/audit/audit-repository.ts';

/** Whether the chain holds; if not, at which position it breaks first, and how. */
export type AuditVerdict =
  | { readonly ok: true; readonly length: number; readonly hash: string }
  | { readonly ok: false; readonly brokenAt: number; readonly reason: string };

/** Walks the chain event by event, oldest first, and remembers only where it is. */
export class ChainCheck {
  #sequence = 0;
  #hash = FIRST_PREVIOUS_HASH;

  /** The next event in order of position; what is wrong with it, if anything. */
  next(event: AuditEvent): AuditVerdict | undefined {
    const expected = this.#sequence + 1;
    if (event.sequence !== expected) return broken(expected, 'the event is missing');
    if (event.previousHash !== this.#hash) {
      return broken(expected, 'it does not follow the event before: one of the two was put there or changed');
    }
    if (event.hash !== hash('sha256', auditText(event, event.sequence, event.previousHash))) {
      return broken(expected, 'what it says is not what its hash was taken over: it was changed');
    }
    this.#sequence = event.sequence;
    this.#hash = event.hash;
    return undefined;
  }

  /** No event follows: the end must be where the head of the chain says. */
  end(head: AuditHead): AuditVerdict {
    if (this.#sequence < head.length) return broken(this.#sequence + 1, 'the event is missing at the end of the chain');
    if (this.#sequence > head.length || this.#hash !== (head.length === 0 ? FIRST_PREVIOUS_HASH : head.hash)) {
      return broken(this.#sequence, 'it is not where the head of the chain says that the chain ends');
    }
    return { ok: true, length: head.length, hash: this.#hash };
  }
}

function broken(brokenAt: number, reason: string): AuditVerdict {
  return { ok: false, brokenAt, reason };
}
