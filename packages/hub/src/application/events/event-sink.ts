import type { FeedEvent } from './feed-event.ts';

/** Where the events of one subscription go. */
export interface EventSink {
  /** Whether the reader keeps up: what is sent while it does not stays in memory. */
  readonly isReady: boolean;
  send(event: FeedEvent): void;
  /** Sends a sign of life that tells nothing. */
  beat(): void;
  /** No event comes any more. May be called twice. */
  end(): void;
}
