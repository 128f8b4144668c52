import type { AgentMessage, DecodedFrame, HubMessage } from '@ferryline/engine';

/** What a session hears from its transport. Nothing is called after `closed`. */
export interface TransportListener {
  message(message: HubMessage): void;
  frame(decoded: DecodedFrame): void;
  /** The connection is over, whoever ended it; called once. The reason is for people. */
  closed(reason: string): void;
}

/** One connection to the hub, by whatever transport: control messages and, beside them, a lane for frames. */
export interface Connection {
  /** Sends a control message, `hello` first; dropped when the connection is over. */
  sendMessage(message: AgentMessage): void;
  /** Opens the session's lane. Frames put before it is open wait for it. */
  openLane(session: string): void;
  /** Puts a frame on the lane; resolves when the lane has room for more. Never rejects: a lost lane ends the connection. */
  sendFrame(frame: Buffer): Promise<void>;
  /** Ends the connection at once; may be called twice. Resolves when the hub has been told, as far as it can be. */
  close(reason: string): Promise<void>;
}

export interface Transport {
  /**
   * Connects. Whether the hub knows the token is known now, or with the answer to `hello`.
   *
   * @throws FerryError UNAUTHENTICATED when the hub does not know the token; AGENT_OFFLINE-like network failures as they are.
   */
  connect(listener: TransportListener, signal: AbortSignal): Promise<Connection>;
}

/** What the lines of a connection hear. */
export interface LineListener {
  message(message: HubMessage): void;
  /** A whole lane message. @throws FerryError PROTOCOL when it holds anything but frames. */
  laneMessage(message: Buffer): void;
  /** The line is lost, and so is the connection. */
  lost(reason: string): void;
}

/** What carries the control messages of a connection. */
export interface ControlLine {
  /** Sends a message; dropped when the line is over. */
  send(message: AgentMessage): void;
  /** Ends the line; resolves when the hub has been told, as far as it can be. */
  close(): Promise<void>;
}

/** What carries the frames of a connection. */
export interface Lane {
  /** Opens the lane of this session, if it is not open yet. */
  open(session: string): void;
  /** Takes a frame; resolves when there is room for more, or the lane is over. */
  send(frame: Buffer): Promise<void>;
  close(): void;
}
