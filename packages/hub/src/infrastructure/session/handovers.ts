import type { ControlLine } from './control-line.ts';
import type { Lane } from './lane.ts';

/** A session that polls, seen from the transport to which it goes over (PROTOCOL.md section 1.4, "Back to WebSocket"). */
export interface Handovers {
  /**
   * Looks whether a session may go over; what is returned does it, at any later moment.
   *
   * @param after the number of the last answer that the agent has received whole
   * @throws FerryError NOT_FOUND when there is no such session of this agent; CONFLICT when it does not poll; PROTOCOL for another
   * `after`, which ends the session
   */
  control(agentId: number, sessionId: string, after: number): (line: ControlLine) => void;
  /** As `control`, for its lane. */
  lane(agentId: number, sessionId: string, after: number): (lane: Lane) => void;
}
