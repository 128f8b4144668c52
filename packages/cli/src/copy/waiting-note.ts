import type { HubClient } from '../client/hub-client.ts';
import type { RunResource } from '../client/resources.ts';
import { displayName } from '../display/display-name.ts';

/** So long without a byte, and it is worth asking what a run waits for; and as long between two questions. */
const QUIET_MS = 3_000;
/** Of those that are suspended; mostly, all are for the same reason. */
const MAX_LOOKED_AT = 100;

export interface WaitingNoteParts {
  readonly client: Pick<HubClient, 'transfers'>;
  /** Shows a sentence that stays. */
  readonly note: (sentence: string) => void;
}

/** Says what a run waits for when it stands still, if one of its transfers knows: once, until something of it moves again. */
export class WaitingNote {
  readonly #parts: WaitingNoteParts;
  #bytesMoved = -1;
  #nextQuestionAtMs = 0;
  #isAsking = false;
  #isSaid = false;

  constructor(parts: WaitingNoteParts) {
    this.#parts = parts;
  }

  look({ id, state, counters }: RunResource, atMs: number): void {
    if (counters.bytesMoved !== this.#bytesMoved) {
      this.#bytesMoved = counters.bytesMoved;
      this.#nextQuestionAtMs = atMs + QUIET_MS;
      this.#isSaid = false;
    }
    if (state !== 'running' || this.#isSaid || this.#isAsking || atMs < this.#nextQuestionAtMs) return;
    this.#nextQuestionAtMs = atMs + QUIET_MS;
    void this.#ask(id);
  }

  async #ask(run: number): Promise<void> {
    this.#isAsking = true;
    try {
      const suspended = await this.#parts.client.transfers({ run, status: 'suspended' }, MAX_LOOKED_AT);
      const reason = suspended.find(({ error }) => error !== undefined)?.error?.message;
      if (reason === undefined) return;
      this.#isSaid = true;
      this.#parts.note(displayName(reason));
    } catch {
      // Whoever follows the run hears that the hub is away.
    } finally {
      this.#isAsking = false;
    }
  }
}
