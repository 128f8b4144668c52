import type { ErrorCode, HubMessage, TransferRef } from '@ferryline/engine';

/** A frame on its way to an agent, and whose it is: by that it can be taken back while it waits. */
export interface OutgoingFrame {
  readonly bytes: Buffer;
  /** The agent that sent it; the receiver itself when the hub answers. */
  readonly from: number;
  readonly ref: TransferRef;
}

/** The connected agents, as the dispatcher reaches them. An agent without a session hears nothing, and is asked again later. */
export interface AgentLinks {
  sendMessage(agentId: number, message: HubMessage): void;
  /** Puts a frame on the agent's lane; frames put before its lane is open wait for it. */
  sendFrame(agentId: number, frame: OutgoingFrame): void;
  /** The agents on whose lanes bytes passed since this was asked last, if not a whole frame. */
  movedLanes(): readonly number[];
  /** Takes back the chunks of these attempts that the agent's lane has no room for yet. */
  takeBackFrames(agentId: number, refs: readonly TransferRef[]): readonly OutgoingFrame[];
  /** Ends the agent's session, with a code that tells the agent whether to come back, and a reason for people. */
  closeSession(agentId: number, code: ErrorCode, reason: string): void;
}
