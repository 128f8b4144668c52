import { type AgentMessage, FerryError } from '@ferryline/engine';
import type { OutgoingQueue } from './outgoing-queue.ts';

/** PROTOCOL.md, 1.4. */
const MAX_MESSAGES = 1_000;
/** A body is not filled beyond this; a larger message goes alone. A body keeps the bounds of one message, which count values as well. */
const FULL_BODY_BYTES = 256 * 1024;
/** What the hub does not take; several times the most that an agent says at once. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

const OPENING = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSING = Buffer.from(']');

/** Control messages that wait to be said, gathered into bodies. */
export class OutgoingMessages implements OutgoingQueue {
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** How many of the first that wait are on their way: what is sent again is sent unchanged. */
  #underWay = 0;

  /** Whether the hub may have taken what `next` gave. */
  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  /** @throws FerryError TIMEOUT when the hub has not taken far too much. */
  add(message: AgentMessage): void {
    const text = Buffer.from(JSON.stringify(message));
    this.#waiting.push(text);
    this.#waitingBytes += text.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      throw new FerryError('TIMEOUT', 'The hub does not take what the agent says.');
    }
  }

  next(): readonly Buffer[] | undefined {
    if (this.#underWay === 0) this.#underWay = this.#fitting();
    if (this.#underWay === 0) return undefined;
    const messages = this.#waiting.slice(0, this.#underWay);
    return [OPENING, ...messages.flatMap((text, at) => (at === 0 ? [text] : [COMMA, text])), CLOSING];
  }

  taken(): void {
    for (const text of this.#waiting.splice(0, this.#underWay)) this.#waitingBytes -= text.length;
    this.#underWay = 0;
  }

  /** Hands out all that waits, what is on its way too, as JSON. */
  drain(): readonly string[] {
    const texts = this.#waiting.map(String);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#underWay = 0;
    return texts;
  }

  #fitting(): number {
    let bytes = 0;
    let messages = 0;
    for (const text of this.#waiting) {
      bytes += text.length + 1;
      if (messages > 0 && (messages === MAX_MESSAGES || bytes > FULL_BODY_BYTES)) break;
      messages += 1;
    }
    return messages;
  }
}
