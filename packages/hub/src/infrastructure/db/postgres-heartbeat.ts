/** A question every so often, so that who waits for the database hears of its silence within two seconds (FAULTS.md F20). */
const BEAT_MS = 1_000;
/** An answer to nothing but a question takes a fraction of this. */
const SILENT_AFTER_MS = 1_000;

/** Hears whether a database answers; `answered` follows `fellSilent`, unless the database is lost. */
export interface SilenceListener {
  fellSilent(): void;
  answered(): void;
}

export interface PostgresHeartbeatParts {
  /** Asks the server something that it answers at once; rejects when the connection is gone, or given up. */
  readonly ask: () => Promise<unknown>;
  readonly silence: SilenceListener;
  readonly onLost: () => void;
}

/** Asks a server again and again whether it is there: one question at a time. */
export class PostgresHeartbeat {
  readonly #parts: PostgresHeartbeatParts;
  readonly #timer: NodeJS.Timeout;
  #isAsking = false;
  #isStopped = false;

  constructor(parts: PostgresHeartbeatParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#beat(), BEAT_MS).unref();
  }

  /** Nobody hears of anything after this. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    let isSilent = false;
    const silent = (): void => {
      if (!this.#isAsking || this.#isStopped) return;
      isSilent = true;
      this.#parts.silence.fellSilent();
    };
    // After a round of the event loop: when this process was held up, and not the server, the answer is there and not read yet.
    const deadline = setTimeout(() => setImmediate(silent), SILENT_AFTER_MS).unref();
    try {
      await this.#parts.ask();
      this.#isAsking = false;
      if (isSilent && !this.#isStopped) this.#parts.silence.answered();
    } catch {
      if (!this.#isStopped) this.#parts.onLost();
    } finally {
      clearTimeout(deadline);
    }
  }
}
