import type { AgentMessage, HubMessage } from '@ferryline/engine';
import type { TransportMode } from '../../domain/agent/agent.ts';

/** Why the hub does not go on with an agent. */
export type LastWord = Extract<HubMessage, { type: 'refused' }>;

/** How a line ends: with a last word, because the hub stops and may be back soon, or for another reason. */
export type Ending =
  | { readonly kind: 'refused'; readonly lastWord: LastWord }
  | { readonly kind: 'hubStops'; readonly reason: string }
  | { readonly kind: 'over'; readonly reason: string };

/** What the control messages of one session travel on. */
export interface ControlLine {
  readonly transport: TransportMode;
  /** Bytes of what was said that the agent has not taken. */
  readonly unreadBytes: number;
  /** Who hears what comes; called once, before anything does. */
  listen(listener: ControlLineListener): void;
  /** Answers `hello`, once. @param welcome the message as JSON */
  welcome(welcome: string): void;
  /** Says a message; what was said before comes before it. After the end nothing is said. @param message as JSON */
  say(message: string): void;
  /** From now on what comes waits, with its sender, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the line; the last word can still be taken for a while. May be called twice. */
  end(ending: Ending): void;
}

export interface ControlLineListener {
  /** Something came. @param read throws a FerryError when it is not what the protocol allows */
  heard(read: () => readonly AgentMessage[]): void;
  /** The agent, or the network, ended the line. */
  closed(reason: string): void;
}
