import { Readable } from 'node:stream';
import type { EventSink } from '../../../application/events/event-sink.ts';
import type { FeedEvent } from '../../../application/events/feed-event.ts';
import { eventJson } from './event-json.ts';

/** What may stand in memory for a reader who does not take it; what else they miss is coalesced before it gets here. */
const MAX_BUFFERED_BYTES = 64 * 1024;
/** What was sent may still arrive within this time; then whoever does not take it is cut off, and keeps no hub from stopping. */
const PARTING_MS = 250;
/** When a browser that lost the stream comes again. */
const RETRY_MS = 3_000;

/** Events as text, as the HTML standard defines it (section 9.2, server-sent events). */
export class EventStream implements EventSink {
  readonly body = new Readable({ highWaterMark: MAX_BUFFERED_BYTES, read: () => undefined });
  readonly #cutOff: () => void;
  #sent = 0;
  #parting: NodeJS.Timeout | undefined;

  /** @param cutOff closes the connection, whatever waits in it */
  constructor(cutOff: () => void) {
    this.#cutOff = cutOff;
    this.body.push(`retry: ${RETRY_MS}\n\n`);
  }

  get isReady(): boolean {
    return this.body.readableLength < MAX_BUFFERED_BYTES;
  }

  send(event: FeedEvent): void {
    this.#sent += 1;
    // JSON has no line breaks of its own: it is one `data` line whatever people named their files.
    this.#push(`event: ${event.name}\nid: ${this.#sent}\ndata: ${JSON.stringify(eventJson(event))}\n\n`);
  }

  beat(): void {
    this.#push(': still here\n\n');
  }

  end(): void {
    this.#push(null);
    this.#parting ??= setTimeout(this.#cutOff, PARTING_MS);
  }

  /** The connection is done with this answer, one way or another: nothing is left to cut off. */
  closed(): void {
    clearTimeout(this.#parting);
  }

  #push(text: string | null): void {
    if (!this.body.destroyed && !this.body.readableEnded) this.body.push(text);
  }
}
