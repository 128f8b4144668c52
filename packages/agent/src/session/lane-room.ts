/** A lane has room while less than this waits to leave: two large chunks, so that one leaves while one is made. */
export const LANE_ROOM_BYTES = 4 * 1024 * 1024;
