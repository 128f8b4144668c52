import type { ServerResponse } from 'node:http';

/**
 * Requests with a body that were not answered yet. An agent sends one after the other in each stream: one more than there may be shows
 * that the oldest of them is broken off, and pushes it out. So what arrives for an agent is bounded.
 */
export class ArrivingBodies {
  readonly #unanswered = new Map<string, ServerResponse[]>();

  /** @param stream where the request belongs @param most how many of them there may be at a time */
  add(stream: string, most: number, response: ServerResponse): void {
    const unanswered = [...(this.#unanswered.get(stream) ?? []), response];
    this.#unanswered.set(stream, unanswered);
    response.once('close', () => this.#remove(stream, response));
    if (unanswered.length > most) unanswered[0]?.destroy();
  }

  #remove(stream: string, response: ServerResponse): void {
    const rest = (this.#unanswered.get(stream) ?? []).filter((each) => each !== response);
    if (rest.length > 0) this.#unanswered.set(stream, rest);
    else this.#unanswered.delete(stream);
  }
}
