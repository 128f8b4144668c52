import { FerryError } from '@ferryline/engine';
import { pause } from '../pause.ts';
import type { HubAnswer, HubRequests } from './hub-requests.ts';

/** A hub that has nothing to say says so after 25 s. One that says it at once, again and again, is not asked without end. */
const SHORTEST_SILENCE_MS = 1_000;

export interface IncomingStreamParts {
  readonly requests: HubRequests;
  /** Where from, without the number. */
  readonly path: () => string;
  readonly maxAnswerBytes: number;
  /** The number of an answer, and what to do with what is in it. @throws FerryError PROTOCOL */
  readonly read: (answer: HubAnswer) => { readonly seq: number; readonly deliver: () => void };
  /** Hears of an answer that ends the session. */
  readonly ended: (answer: HubAnswer) => void;
  /** Hears why nothing more can be heard. */
  readonly failed: (thrown: unknown) => void;
}

/** One of the two numbered streams from the hub: asked for the next answer when the one before was dealt with. */
export class IncomingStream {
  readonly #parts: IncomingStreamParts;
  #after = 0;

  constructor(parts: IncomingStreamParts) {
    this.#parts = parts;
  }

  /** The number of the last answer that was received whole. */
  get after(): number {
    return this.#after;
  }

  /** Asks until the session is over. After the signal nothing is delivered, and `after` stays as it is. */
  async listen(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const askedAt = performance.now();
        const answer = await this.#ask(signal);
        signal.throwIfAborted();
        if (answer.status === 200) this.#hear(answer);
        else if (answer.status === 204) await pause(SHORTEST_SILENCE_MS - (performance.now() - askedAt), signal);
        else {
          this.#parts.ended(answer);
          return;
        }
      }
    } catch (thrown) {
      if (!signal.aborted) this.#parts.failed(thrown);
    }
  }

  #ask(signal: AbortSignal): Promise<HubAnswer> {
    const { requests, path, maxAnswerBytes } = this.#parts;
    return requests.askUntilAnswered({ method: 'GET', path: `${path()}&after=${this.#after}`, maxAnswerBytes }, signal);
  }

  #hear(answer: HubAnswer): void {
    const { seq, deliver } = this.#parts.read(answer);
    if (seq !== this.#after + 1) {
      throw new FerryError('PROTOCOL', `The hub answered with number ${seq} after number ${this.#after}.`);
    }
    this.#after = seq;
    deliver();
  }
}
