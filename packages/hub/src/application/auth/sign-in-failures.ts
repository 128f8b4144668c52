import type { AuditActor, NewAuditEvent } from '../../domain/audit/audit-event.ts';
import type { Store } from '../store/store.ts';
import { visibleText } from './visible-text.ts';

/** More than people's mistakes make; with the chain's own cost, what an attack may write at most. */
const EVENTS_PER_MINUTE = 30;
const MINUTE_MS = 60_000;
const SHOWN_EMAIL_LENGTH = 80;
/** People type their password where their address belongs; the audit chain would keep it for ever (ATTACKS.md A72). */
const NO_EMAIL = '(no e-mail address)';

export interface SignInFailure {
  /** As typed, if any was asked for. */
  readonly email?: string;
  readonly address: string | undefined;
  readonly reason:
    | 'wrongCredentials'
    | 'disabled'
    | 'malformed'
    | 'wrongCurrentPassword'
    | 'wrongInvitation'
    | 'wrongSetupCode';
}

export interface SignInFailuresDependencies {
  readonly store: Store;
  readonly now: () => Date;
}

/**
 * Attempts that failed, in the audit chain: one event each, of known and unknown users alike. What exceeds thirty a minute, and what
 * was refused unseen by the throttle, is counted instead, so that an attack cannot fill the disk.
 */
export class SignInFailures {
  readonly #store: Store;
  readonly #now: () => Date;
  #minuteStart = new Date(0);
  #written = 0;
  #counted = 0;
  #total = 0;

  constructor({ store, now }: SignInFailuresDependencies) {
    this.#store = store;
    this.#now = now;
  }

  /** Attempts that failed, or were refused unseen, since the hub started. */
  get total(): number {
    return this.#total;
  }

  /** Resolves when the event is written, or counted. */
  async record({ email = '', address, reason }: SignInFailure): Promise<void> {
    this.#total += 1;
    await this.writeCountOfLastMinute();
    if (this.#written >= EVENTS_PER_MINUTE) {
      this.#counted += 1;
      return;
    }
    this.#written += 1;
    const name = email.includes('@') ? visibleText(email, SHOWN_EMAIL_LENGTH) : NO_EMAIL;
    await this.#append({ kind: 'anonymous', name, ...(address !== undefined && { address }) }, { reason });
  }

  /** Resolves when the attempt, which the throttle refused unseen, is counted. */
  async count(): Promise<void> {
    this.#total += 1;
    await this.writeCountOfLastMinute();
    this.#counted += 1;
  }

  /** Writes the event with the count of the minute before, when that is over. */
  async writeCountOfLastMinute(): Promise<void> {
    if (this.#now().getTime() - this.#minuteStart.getTime() >= MINUTE_MS) await this.writeCount();
  }

  /** Writes what was counted until now, and starts a new minute. */
  async writeCount(): Promise<void> {
    const [count, since] = [this.#counted, this.#minuteStart];
    // Before anything is awaited: whoever comes in the meantime counts in the new minute.
    this.#counted = 0;
    this.#written = 0;
    this.#minuteStart = this.#now();
    if (count === 0) return;
    const details = { reason: 'tooMany', count, since: since.toISOString() };
    await this.#append({ kind: 'anonymous', name: 'several attempts' }, details);
  }

  async #append(actor: AuditActor, details: NewAuditEvent['details']): Promise<void> {
    const event = { at: this.#now(), actor, action: 'signIn.failed', details };
    await this.#store.transaction(({ audit }) => audit.append(event));
  }
}
