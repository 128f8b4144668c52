/** Numbers that the hub names, kept within bounds of the agent's own: a hub that was taken over steers no agent beyond them (ATTACKS.md A49). */

/** What `heartbeatSeconds` of a hub may be: from 1 s to 300 s. */
const MIN_HEARTBEAT_MS = 1_000;
const MAX_HEARTBEAT_MS = 300_000;
/** More is on its way on no line that there is: 10 Gbit/s with a round trip of 800 ms. */
const MAX_WINDOW_BYTES = 1024 ** 3;

/** How often the hub pings, in milliseconds. Beyond 2^31 a timer of Node would fire at once. */
export function boundedHeartbeatMs(heartbeatMs: number): number {
  return Math.min(Math.max(heartbeatMs, MIN_HEARTBEAT_MS), MAX_HEARTBEAT_MS);
}

/** How many raw bytes of a route may be on their way without an acknowledgement. */
export function boundedWindowBytes(windowBytes: number): number {
  return Math.min(windowBytes, MAX_WINDOW_BYTES);
}
