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
  /** Sends a control message; dropped when the connection is over. */
  sendMessage(message: AgentMessage): void;
  /** Opens the session's lane. Frames put before it is open wait for it. */
  openLane(session: string): void;
  /** Puts a frame on the lane; resolves when the lane has room for more. Never rejects: a lost lane ends the connection. */
  sendFrame(frame: Buffer): Promise<void>;
  /** Ends the connection; may be called twice. */
  close(reason: string): void;
}

export interface Transport {
  /**
   * Connects and authenticates.
   *
   * @throws FerryError UNAUTHENTICATED when the hub does not know the token; AGENT_OFFLINE-like network failures as they are.
   */
  connect(listener: TransportListener, signal: AbortSignal): Promise<Connection>;
}
