import type { HubMessage } from '@ferryline/engine';

/** The connected agents, as the dispatcher reaches them. An agent without a session hears nothing, and is asked again later. */
export interface AgentLinks {
  sendMessage(agentId: number, message: HubMessage): void;
  /** Puts a frame on the agent's lane; frames put before its lane is open wait for it. */
  sendFrame(agentId: number, frame: Buffer): void;
  /** Ends the agent's session with a reason for people. */
  closeSession(agentId: number, reason: string): void;
}
