import { type AgentMessage, keyOf, MAX_ITEMS_PER_MESSAGE, refOf, type TransferRef } from '@ferryline/engine';

/** A hub that hears nothing of a transfer for a minute takes its agent for stuck: well within that. */
const SIGN_INTERVAL_MS = 10_000;

/**
 * Tells the hub of work that shows in nothing else, such as hashing what is held already: not of each piece, but now and then while
 * there is some.
 */
export class WorkSigns {
  readonly #send: (message: AgentMessage) => void;
  readonly #nowMs: () => number;
  readonly #worked = new Map<string, TransferRef>();
  #dueAtMs = 0;

  /** @param nowMs - never goes back */
  constructor(send: (message: AgentMessage) => void, nowMs: () => number = () => performance.now()) {
    this.#send = send;
    this.#nowMs = nowMs;
  }

  /** A piece of work is done. */
  worked(ref: TransferRef): void {
    if (this.#worked.size === 0) this.#dueAtMs = this.#nowMs() + SIGN_INTERVAL_MS;
    if (this.#worked.size < MAX_ITEMS_PER_MESSAGE) this.#worked.set(keyOf(ref), refOf(ref));
    if (this.#nowMs() < this.#dueAtMs) return;
    this.#send({ type: 'working', transfers: [...this.#worked.values()] });
    this.#worked.clear();
  }
}
