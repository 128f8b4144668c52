import { FerryError } from '@ferryline/engine';
import { noSuchSession } from '../session/no-such-session.ts';
import { HeldRequest } from './held-request.ts';
import { IncomingNumbers } from './incoming-numbers.ts';
import { type AnswerSource, type Numbered, OutgoingAnswers } from './outgoing-answers.ts';

/**
 * Both directions of what polls, control line or lane alike: answers that are fetched, and the numbers of bodies that are posted. It is
 * open; then it ends, when only what was left to say can be fetched, or is over, when nothing can; or it has gone over to a WebSocket.
 */
export class PolledStream<Answer> {
  readonly #answers: OutgoingAnswers<Answer>;
  readonly #incoming = new IncomingNumbers();
  readonly #held = new HeldRequest();
  #state: 'open' | 'ending' | 'over' | 'goneOver' = 'open';

  constructor(source: AnswerSource<Answer>) {
    this.#answers = new OutgoingAnswers(source);
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get hasGoneOver(): boolean {
    return this.#state === 'goneOver';
  }

  /** The number of the last body that was taken. */
  get lastTaken(): number {
    return this.#incoming.last;
  }

  /**
   * The answer with the number after this one; undefined when there is nothing to say for a while, or not to this request.
   *
   * @throws FerryError PROTOCOL for a number at which the agent cannot stand; NOT_FOUND when nothing follows; CONFLICT when it has gone over
   */
  async fetch(after: number, gone: AbortSignal): Promise<Numbered<Answer> | undefined> {
    this.requireHere();
    if (this.#answers.isLate(after)) return undefined;
    const answer = this.#answers.answerAfter(after);
    if (answer !== undefined) {
      this.#held.release();
      return answer;
    }
    this.#requireMore();
    if (!(await this.#held.wait(gone))) return undefined;
    const said = this.#answers.answerAfter(after);
    if (said === undefined) this.#requireMore();
    return said;
  }

  /** Whether a body with this number is to be taken, and not one that was. Throws like `requireOpen`; PROTOCOL for a gap. */
  takes(seq: number): boolean {
    this.requireOpen();
    return this.#incoming.isNext(seq);
  }

  /** The body with the next number is taken. */
  take(): void {
    this.#incoming.take();
  }

  /** There is something to say. */
  wake(): void {
    this.#held.wake();
  }

  /** Nothing more comes, but for what its source still has. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#held.wake();
  }

  /** Nothing comes any more, and nothing is kept. */
  cut(): void {
    if (this.#state === 'goneOver') return;
    this.#state = 'over';
    this.#answers.forget();
    this.#held.wake();
  }

  /** @throws FerryError PROTOCOL unless the agent can stand at this number; like `requireOpen` */
  requireAfter(after: number): void {
    this.requireOpen();
    this.#answers.requireAfter(after);
  }

  /** Ends what is here, since it goes on elsewhere; returns what was answered and has not arrived. Throws like `requireAfter`. */
  goOver(after: number): Answer | undefined {
    this.requireAfter(after);
    this.#state = 'goneOver';
    this.#held.release();
    return this.#answers.keptAfter(after);
  }

  /** @throws FerryError NOT_FOUND when it ends or is over; CONFLICT when it has gone over */
  requireOpen(): void {
    this.requireHere();
    this.#requireMore();
  }

  /** @throws FerryError NOT_FOUND when it is over; CONFLICT when it has gone over */
  requireHere(): void {
    if (this.#state === 'goneOver') {
      throw new FerryError('CONFLICT', 'This goes on by WebSocket: it cannot be polled any more.');
    }
    if (this.#state === 'over') throw noSuchSession();
  }

  #requireMore(): void {
    if (!this.isOpen) throw noSuchSession();
  }
}
