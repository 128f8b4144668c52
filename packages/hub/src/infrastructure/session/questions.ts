import { FerryError } from '@ferryline/engine';

/** An agent's answers to these are waited for; at most so many at a time, because an agent that answers none costs memory. */
const MAX_OPEN = 64;

interface Open<Answer> {
  readonly answer: (answer: Answer) => void;
  readonly fail: (error: FerryError) => void;
}

/** Questions to one agent that wait for their answers, each until its deadline or the end of the session. */
export class Questions<Answer> {
  readonly #agentName: string;
  readonly #open = new Map<number, Open<Answer>>();
  #lastId = 0;
  #ended: FerryError | undefined;

  constructor(agentName: string) {
    this.#agentName = agentName;
  }

  /**
   * Asks, and waits for the answer.
   *
   * @param ask sends the question; the answer names it by this number
   * @throws FerryError TIMEOUT when no answer comes in time, AGENT_OFFLINE when the session ends, RATE_LIMITED when too many wait.
   */
  async ask(ask: (id: number) => void, timeoutMs: number): Promise<Answer> {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#open.size >= MAX_OPEN) {
      throw new FerryError(
        'RATE_LIMITED',
        `Too many questions to agent ${this.#agentName} wait for an answer. Try again.`,
      );
    }
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => reject(this.#late(timeoutMs)), timeoutMs);
    this.#open.set(id, { answer: resolve, fail: reject });
    try {
      ask(id);
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#open.delete(id);
    }
  }

  /** An answer came. One that nobody waits for (any more) is dropped. */
  answered(id: number, answer: Answer): void {
    this.#open.get(id)?.answer(answer);
  }

  /** The session is over: nothing more is answered. */
  end(): void {
    this.#ended = new FerryError('AGENT_OFFLINE', `Agent ${this.#agentName} went away before it answered. Try again.`);
    for (const { fail } of [...this.#open.values()]) fail(this.#ended);
  }

  #late(timeoutMs: number): FerryError {
    return new FerryError(
      'TIMEOUT',
      `Agent ${this.#agentName} did not answer within ${timeoutMs / 1_000} s. Try again.`,
    );
  }
}
