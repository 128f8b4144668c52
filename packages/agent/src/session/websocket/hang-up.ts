import type WebSocket from 'ws';

/** A peer that is gone answers no closing handshake. */
const CLOSING_MS = 1_000;

/** Says goodbye, and is gone soon, whether that is answered or not. */
export function hangUp(socket: WebSocket): void {
  socket.close();
  setTimeout(() => socket.terminate(), CLOSING_MS).unref();
}
