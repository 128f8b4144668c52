/** What the frames of one session travel on. */
export interface Lane {
  /** Whether it takes messages. */
  readonly isOpen: boolean;
  /** Bytes of what was sent that the agent has not taken. */
  readonly unreadBytes: number;
  /** Whether bytes passed, in either direction, since this was asked last. A lane that cannot tell says that they did. */
  hasMoved(): boolean;
  /** Who hears what comes; called once, before anything does. */
  listen(listener: LaneListener): void;
  /** Sends one message of whole frames. @param taken called when the agent, or the network before it, has taken it */
  send(message: Buffer, taken: () => void): void;
  /** Ends the lane with what is on its way. May be called twice. */
  cut(): void;
}

export interface LaneListener {
  /** A message came. @param read throws a FerryError when it is not what the protocol allows */
  heard(read: () => Buffer): void;
  /** The agent, or the network, ended the lane. */
  closed(reason: string): void;
}

/** A message on its way, and who is to hear that it was taken. */
export interface LaneMessage {
  readonly bytes: Buffer;
  readonly taken: () => void;
}
