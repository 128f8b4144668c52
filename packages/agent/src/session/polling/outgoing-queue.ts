/** What waits to be said on one numbered stream. */
export interface OutgoingQueue {
  /** The next body, in pieces; the same one until it was taken. Undefined when nothing waits. */
  next(): readonly Buffer[] | undefined;
  /** The hub has taken what `next` gave. */
  taken(): void;
}
