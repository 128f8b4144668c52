import {
  type AgentMessage,
  FerryError,
  MAX_ITEMS_PER_MESSAGE,
  parseAgentMessage,
  parseAgentMessages,
} from '@ferryline/engine';
import type { ControlLine, ControlLineListener, Ending, LastWord } from '../session/control-line.ts';
import type { Numbered } from './outgoing-answers.ts';
import { PolledStream } from './polled-stream.ts';

/** An answer is not filled beyond this; a larger message goes alone. As a whole it keeps the bounds of one message. */
const FULL_ANSWER_BYTES = 256 * 1024;

interface Said {
  /** A message as JSON. */
  readonly text: string;
  readonly bytes: number;
}

/** Control messages in HTTP requests. */
export class PollingLine implements ControlLine {
  readonly transport = 'polling';
  /** Of messages, the sizes of those that were answered and have not arrived included. */
  #unreadBytes = 0;
  #waiting: Said[] = [];
  readonly #stream = new PolledStream<readonly Said[]>({
    next: () => this.#nextAnswer(),
    received: (answer) => {
      this.#unreadBytes -= bytesOf(answer);
    },
  });
  readonly #opening = Promise.withResolvers<string>();
  #listener: ControlLineListener | undefined;
  #lastWord: LastWord | undefined;
  #rest = Promise.withResolvers<void>();

  constructor() {
    this.#rest.resolve();
    // Whoever made the line may have gone.
    this.#opening.promise.catch(() => undefined);
  }

  /** The answer to `hello`: `welcome` as JSON. Rejects with a FerryError that has the code and the message of `refused`. */
  get opened(): Promise<string> {
    return this.#opening.promise;
  }

  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Whether it goes on by WebSocket. */
  get hasGoneOver(): boolean {
    return this.#stream.hasGoneOver;
  }

  listen(listener: ControlLineListener): void {
    this.#listener = listener;
  }

  welcome(welcome: string): void {
    this.#opening.resolve(welcome);
  }

  say(text: string): void {
    if (!this.#stream.isOpen) return;
    this.#put(text);
    this.#stream.wake();
  }

  pause(): void {
    this.#rest = Promise.withResolvers<void>();
  }

  resume(): void {
    this.#rest.resolve();
  }

  end(ending: Ending): void {
    if (!this.#stream.isOpen) return;
    // Of a session that is over nobody does anything that it was asked before.
    this.#unreadBytes -= bytesOf(this.#waiting);
    this.#waiting = [];
    if (ending.kind === 'refused') {
      this.#lastWord = ending.lastWord;
      this.#put(JSON.stringify(ending.lastWord));
      this.#opening.reject(refusalOf(ending.lastWord));
    } else {
      this.#opening.reject(new FerryError('TIMEOUT', `The session ended before it began: ${ending.reason}.`));
    }
    this.resume();
    this.#stream.end();
  }

  /** Hears the body of the request that makes a session. */
  greet(body: Buffer): void {
    this.#listener?.heard(() => {
      const message = parseAgentMessage(textOf(body));
      if (message?.type === 'hello') return [message];
      throw new FerryError('PROTOCOL', 'A session begins with a hello.');
    });
  }

  /** The next answer, as the JSON of its messages; undefined when there is nothing to say for a while. Throws like `PolledStream.fetch`. */
  async poll(after: number, gone: AbortSignal): Promise<Numbered<readonly string[]> | undefined> {
    const found = await this.#stream.fetch(after, gone);
    return found && { seq: found.seq, answer: found.answer.map(({ text }) => text) };
  }

  /**
   * Hears a body of messages, unless it was heard before; resolves when it was dealt with.
   *
   * @throws FerryError like `PolledStream.takes`; what `refused` says when a message of it ends the session
   */
  async take(seq: number, body: Buffer, gone: AbortSignal): Promise<void> {
    if (!this.#stream.takes(seq)) return;
    await this.#rest.promise;
    if (gone.aborted || !this.#stream.takes(seq)) return;
    this.#stream.take();
    this.#listener?.heard(() => messagesOf(body));
    if (this.#lastWord !== undefined) throw refusalOf(this.#lastWord);
  }

  /** Throws like `PolledStream.requireHere`. */
  requireHere(): void {
    this.#stream.requireHere();
  }

  /** Throws like `PolledStream.requireAfter`. */
  requireAfter(after: number): void {
    this.#stream.requireAfter(after);
  }

  /** Ends what is here, since it goes on elsewhere. Throws like `requireAfter`. */
  goOver(after: number): { readonly taken: number; readonly unheard: readonly string[] } {
    const kept = this.#stream.goOver(after) ?? [];
    const unheard = [...kept, ...this.#waiting].map(({ text }) => text);
    this.#waiting = [];
    this.#unreadBytes = 0;
    this.resume();
    return { taken: this.#stream.lastTaken, unheard };
  }

  #put(text: string): void {
    const said = { text, bytes: Buffer.byteLength(text) };
    this.#waiting.push(said);
    this.#unreadBytes += said.bytes;
  }

  #nextAnswer(): readonly Said[] | undefined {
    let bytes = 0;
    const count = this.#waiting.slice(0, MAX_ITEMS_PER_MESSAGE).findIndex((said, at) => {
      bytes += said.bytes;
      return at > 0 && bytes > FULL_ANSWER_BYTES;
    });
    const answer = this.#waiting.splice(0, count === -1 ? MAX_ITEMS_PER_MESSAGE : count);
    return answer.length === 0 ? undefined : answer;
  }
}

function bytesOf(said: readonly Said[]): number {
  return said.reduce((sum, { bytes }) => sum + bytes, 0);
}

function refusalOf({ code, message }: LastWord): FerryError {
  return new FerryError(code, message);
}

function messagesOf(body: Buffer): readonly AgentMessage[] {
  return parseAgentMessages(textOf(body));
}

/** @throws FerryError PROTOCOL when it is not UTF-8 */
function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new FerryError('PROTOCOL', 'Control messages are JSON in UTF-8.', { cause });
  }
}
