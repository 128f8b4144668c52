import { HubConnection } from './hub-connection.ts';
import type { Connection, Transport, TransportListener } from './transport.ts';
import type { HubSockets } from './websocket/hub-sockets.ts';
import { WebSocketControl } from './websocket/websocket-control.ts';
import { WebSocketLane } from './websocket/websocket-lane.ts';

/** A connection that carried nothing so long after the hub was reached is given up, where there is no other way. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** WebSocket: one for control messages, one for the lane. */
export class WebSocketTransport implements Transport {
  readonly #sockets: HubSockets;
  readonly #handshakeTimeoutMs: number;

  constructor(sockets: HubSockets, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS) {
    this.#sockets = sockets;
    this.#handshakeTimeoutMs = handshakeTimeoutMs;
  }

  /** @throws WebSocketBlocked when the hub was reached and no WebSocket came of it; else as every transport. */
  async connect(listener: TransportListener, signal: AbortSignal): Promise<Connection> {
    const dialled = this.#sockets.dialControl();
    await this.#sockets.prove(dialled, this.#handshakeTimeoutMs, signal);
    return new HubConnection(listener, (lines) => ({
      control: new WebSocketControl(dialled.socket, lines),
      lane: new WebSocketLane((session) => this.#sockets.dialLane({ session }), lines),
    }));
  }
}
