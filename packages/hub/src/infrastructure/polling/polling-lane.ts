import type { Lane, LaneListener, LaneMessage } from '../session/lane.ts';
import type { Numbered } from './outgoing-answers.ts';
import { PolledStream } from './polled-stream.ts';

/** An answer is not filled beyond this; a larger message goes alone. As much as one that is fetched costs the way there and back. */
const FULL_ANSWER_BYTES = 4 * 1024 * 1024;

/** Frames in HTTP requests. */
export class PollingLane implements Lane {
  /** Of messages, the sizes of those that were answered and have not arrived included. */
  #unreadBytes = 0;
  #waiting: LaneMessage[] = [];
  readonly #stream = new PolledStream<readonly LaneMessage[]>({
    next: () => this.#nextAnswer(),
    received: (answer) => this.#received(answer),
  });
  #listener: LaneListener | undefined;

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Each request has its own deadline, at the agent. */
  hasMoved(): boolean {
    return true;
  }

  listen(listener: LaneListener): void {
    this.#listener = listener;
  }

  send(bytes: Buffer, taken: () => void): void {
    if (!this.#stream.isOpen) return;
    this.#waiting.push({ bytes, taken });
    this.#unreadBytes += bytes.length;
    this.#stream.wake();
  }

  cut(): void {
    this.#waiting = [];
    this.#unreadBytes = 0;
    this.#stream.cut();
  }

  /** The next answer: whole frames, in pieces; undefined when there are none for a while. Throws like `PolledStream.fetch`. */
  async poll(after: number, gone: AbortSignal): Promise<Numbered<readonly Buffer[]> | undefined> {
    const found = await this.#stream.fetch(after, gone);
    return found && { seq: found.seq, answer: found.answer.map(({ bytes }) => bytes) };
  }

  /** Hears a message, unless it was heard before. Throws like `PolledStream.takes`. */
  take(seq: number, body: Buffer): void {
    if (!this.#stream.takes(seq)) return;
    this.#stream.take();
    this.#listener?.heard(() => body);
  }

  /** Throws like `PolledStream.requireAfter`. */
  requireAfter(after: number): void {
    this.#stream.requireAfter(after);
  }

  /** Ends what is here, since it goes on elsewhere; returns what has not arrived. Throws like `requireAfter`. */
  goOver(after: number): readonly LaneMessage[] {
    const kept = this.#stream.goOver(after) ?? [];
    const unsent = [...kept, ...this.#waiting];
    this.#waiting = [];
    this.#unreadBytes = 0;
    return unsent;
  }

  #received(answer: readonly LaneMessage[]): void {
    for (const { bytes } of answer) this.#unreadBytes -= bytes.length;
    for (const { taken } of answer) taken();
  }

  #nextAnswer(): readonly LaneMessage[] | undefined {
    let total = 0;
    const count = this.#waiting.findIndex(({ bytes }, at) => {
      total += bytes.length;
      return at > 0 && total > FULL_ANSWER_BYTES;
    });
    const answer = this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
    return answer.length === 0 ? undefined : answer;
  }
}
