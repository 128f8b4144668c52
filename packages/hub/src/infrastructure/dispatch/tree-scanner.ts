import type { AgentMessage, HubMessage } from '@ferryline/engine';

/** A page of what an agent found. */
export type ScannedPage = Extract<AgentMessage, { type: 'entries' }>;
/** What is to be looked at, and what of it is meant. */
export type ScanQuestion = Omit<Extract<HubMessage, { type: 'scan' }>, 'type' | 'run'>;

/** Has agents look at trees for somebody who waits, apart from the runs. */
export interface TreeScanner {
  isConnected(agentId: number): boolean;
  /**
   * What there is, page after page; the agent goes on when the next page is asked for. Ends early when the signal says so.
   *
   * @throws FerryError AGENT_OFFLINE, also when the agent goes away; RATE_LIMITED when it has too many to do; what it answers.
   */
  scan(agentId: number, question: ScanQuestion, signal: AbortSignal): AsyncGenerator<ScannedPage>;
}
