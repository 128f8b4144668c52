/** Hears of every removed agent, to end what it has open. */
export interface AgentRemovalListener {
  /** The agent is known no more; the database says so already. */
  agentRemoved(agentId: number): void;
}
