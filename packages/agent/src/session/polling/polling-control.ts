import {
  type AgentMessage,
  FerryError,
  type Hello,
  MAX_CONTROL_MESSAGE_BYTES,
  parseHubMessage,
  parsePollAnswer,
} from '@ferryline/engine';
import { guarded } from '../guarded.ts';
import type { ControlLine, LineListener } from '../transport.ts';
import { unreachableHub } from '../unreachable-hub.ts';
import type { HubAnswer, HubRequests } from './hub-requests.ts';
import { IncomingStream } from './incoming-stream.ts';
import { OutgoingMessages } from './outgoing-messages.ts';
import { OutgoingStream } from './outgoing-stream.ts';
import { endSession, refuseHello } from './session-end.ts';

/** What stands around the messages of an answer. */
const ENVELOPE_BYTES = 1_024;
/** So long the hub may still be asked for what it said last, when another request found the session gone. */
const LAST_WORD_MS = 2_000;
/** So long a hub that is told of the end may take to answer. */
const FAREWELL_MS = 1_000;

const JSON_TYPE = 'application/json';

export interface PollingParts {
  readonly hubUrl: URL;
  readonly requests: HubRequests;
  readonly listener: LineListener;
}

/** Control messages in HTTP requests: `hello` makes the session, and what comes then is polled and posted. */
export class PollingControl implements ControlLine {
  readonly #parts: PollingParts;
  readonly #outgoing = new OutgoingMessages();
  readonly #said: OutgoingStream;
  readonly #heard: IncomingStream;
  /** Ends the requests that are under way. */
  #work = new AbortController();
  #session: string | undefined;
  #isOver = false;

  constructor(parts: PollingParts) {
    this.#parts = parts;
    const failed = (thrown: unknown): void => parts.listener.lost(FerryError.from(thrown).message);
    this.#said = new OutgoingStream({
      requests: parts.requests,
      queue: this.#outgoing,
      path: () => this.#path('messages'),
      contentType: JSON_TYPE,
      ended: (answer) => this.endSoon(answer),
      failed,
    });
    this.#heard = new IncomingStream({
      requests: parts.requests,
      path: () => this.#path('poll'),
      maxAnswerBytes: MAX_CONTROL_MESSAGE_BYTES + ENVELOPE_BYTES,
      read: (answer) => this.#read(answer),
      ended: (answer) => this.#end(answer),
      failed,
    });
  }

  send(message: AgentMessage): void {
    if (message.type === 'hello') {
      void this.#greet(message, this.#work.signal);
      return;
    }
    guarded(this.#parts.listener, () => this.#outgoing.add(message));
    if (this.#session !== undefined) this.#said.say(this.#work.signal);
  }

  async close(): Promise<void> {
    this.#work.abort();
    const mustSay = this.#session !== undefined && !this.#isOver;
    this.#isOver = true;
    if (!mustSay) return;
    const farewell = { method: 'DELETE', path: this.#path('session') } as const;
    await this.#parts.requests.ask(farewell, AbortSignal.timeout(FAREWELL_MS)).catch(() => undefined);
  }

  /**
   * Gives up what is under way, so that the session can go on elsewhere from where it stands, or here with `goOn`.
   *
   * @returns the session, and the number of the last answer that was received whole
   */
  pause(): { readonly session: string; readonly after: number } {
    this.#work.abort();
    return { session: this.#session ?? '', after: this.#heard.after };
  }

  /** Goes on after a pause: nothing is lost by it, and nothing comes twice. */
  goOn(): void {
    if (this.#isOver) return;
    this.#work = new AbortController();
    void this.#heard.listen(this.#work.signal);
    this.#said.say(this.#work.signal);
  }

  /**
   * What the hub has not heard, as JSON, when it has taken the bodies up to this number. Nothing is said here any more.
   *
   * @throws FerryError PROTOCOL when it cannot have taken so many, or so few.
   */
  unheard(taken: number): readonly string[] {
    if (taken === this.#said.seq + 1 && this.#outgoing.isUnderWay) this.#outgoing.taken();
    else if (taken !== this.#said.seq) {
      throw new FerryError('PROTOCOL', `The hub has taken ${taken} bodies, and ${this.#said.seq} were answered.`);
    }
    return this.#outgoing.drain();
  }

  /** The session is over, as the answer to a request that is no poll says: why it is, a poll may still say. */
  endSoon(answer: HubAnswer): void {
    setTimeout(() => this.#end(answer), LAST_WORD_MS).unref();
  }

  async #greet(hello: Hello, signal: AbortSignal): Promise<void> {
    const { hubUrl, requests, listener } = this.#parts;
    const body = { type: JSON_TYPE, pieces: [Buffer.from(JSON.stringify(hello))] };
    try {
      const answer = await requests.ask({ method: 'POST', path: 'api/agent/session', body }, signal);
      signal.throwIfAborted();
      const welcome = answer.status === 200 ? parseHubMessage(answer.body.toString()) : undefined;
      if (welcome?.type !== 'welcome') {
        refuseHello(hubUrl, answer, listener);
        return;
      }
      this.#session = welcome.session;
      listener.message(welcome);
      this.goOn();
    } catch (thrown) {
      if (!signal.aborted) listener.lost(unreachableHub(hubUrl, thrown).message);
    }
  }

  #read({ body }: HubAnswer): { readonly seq: number; readonly deliver: () => void } {
    const { seq, messages } = parsePollAnswer(body.toString());
    const deliver = (): void => {
      for (const message of messages) {
        if (message.type === 'refused') this.#isOver = true;
        this.#parts.listener.message(message);
      }
    };
    return { seq, deliver };
  }

  #path(what: string): string {
    return `api/agent/${what}?session=${encodeURIComponent(this.#session ?? '')}`;
  }

  #end(answer: HubAnswer): void {
    this.#isOver = true;
    endSession(this.#parts.hubUrl, answer, this.#parts.listener);
  }
}
