import { FerryError } from '@ferryline/engine';

/** An answer, and its number in its stream. */
export interface Numbered<Answer> {
  readonly seq: number;
  readonly answer: Answer;
}

/** Where answers come from. */
export interface AnswerSource<Answer> {
  /** What there is to say, as much as goes into one answer; undefined when there is nothing. */
  next(): Answer | undefined;
  /** The agent has received an answer whole. */
  received(answer: Answer): void;
}

/**
 * The numbered answers of one stream. The last one is kept until a request names it, and given again whenever one names the number
 * before: an answer that is lost on its way costs nothing.
 */
export class OutgoingAnswers<Answer> {
  readonly #source: AnswerSource<Answer>;
  #seq = 0;
  #kept: Answer | undefined;

  constructor(source: AnswerSource<Answer>) {
    this.#source = source;
  }

  /** Whether a later request has shown already that the agent has more than this: one that was long on its way. */
  isLate(after: number): boolean {
    return after < this.#seq - 1 || (after === this.#seq - 1 && this.#kept === undefined);
  }

  /** The answer with the number after this one, if there is something to say. @throws FerryError PROTOCOL when it cannot be */
  answerAfter(after: number): Numbered<Answer> | undefined {
    const again = this.keptAfter(after);
    if (again !== undefined) return { seq: this.#seq, answer: again };
    const answer = this.#source.next();
    if (answer === undefined) return undefined;
    this.#seq += 1;
    this.#kept = answer;
    return { seq: this.#seq, answer };
  }

  /** What was answered already and comes after this number; what has it, or a lower one, is let go. Throws like `requireAfter`. */
  keptAfter(after: number): Answer | undefined {
    this.requireAfter(after);
    if (after < this.#seq || this.#kept === undefined) return this.#kept;
    const received = this.#kept;
    this.#kept = undefined;
    this.#source.received(received);
    return undefined;
  }

  /** Lets go of what may still be asked for again. */
  forget(): void {
    this.#kept = undefined;
  }

  /** @throws FerryError PROTOCOL unless the agent can stand at this number */
  requireAfter(after: number): void {
    if (after === this.#seq || (after === this.#seq - 1 && this.#kept !== undefined)) return;
    throw new FerryError('PROTOCOL', `The agent asks for what comes after number ${after}; the last was ${this.#seq}.`);
  }
}
