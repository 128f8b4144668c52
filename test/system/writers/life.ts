import type { Told } from './audit-trail.ts';
import type { Answer, HubRequest, Shown } from './hub-client.ts';
import type { Ledger } from './ledger.ts';

/** Something that is asked of the hub, and changes it. */
export interface Change extends Told {
  readonly kind: 'change';
  readonly request: HubRequest;
  /** The status of the answer when it is done. */
  readonly success: 200 | 201 | 204;
  /**
   * The answer when it was done before: the same, said to be a repeated one; or this status. Absent: to ask again would be to do it
   * again.
   */
  readonly repeated?: 'replayed' | 200 | 204 | 404 | 409 | 412;
  /** What it changes, for looking at when the hub says that it has another version by now. */
  readonly object?: string;
  /** Notes what the hub shows once it is done. */
  note(ledger: Ledger, answer: Answer): void;
}

/** Something that is looked at until it is as it will be. */
export interface Look {
  readonly kind: 'look';
  readonly path: string;
  until(shown: Shown): boolean;
}

export type Step = Change | Look;

/** What one client does, step by step and without end: it is told the answer to each step, and touches nothing of another's. */
export type Life = Generator<Step, never, Answer>;
