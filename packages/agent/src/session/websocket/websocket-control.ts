import { type AgentMessage, FerryError, parseHubMessage } from '@ferryline/engine';
import WebSocket from 'ws';
import { guarded } from '../guarded.ts';
import type { ControlLine, LineListener } from '../transport.ts';
import { hangUp } from './hang-up.ts';

/** Control messages on an open WebSocket. */
export class WebSocketControl implements ControlLine {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, listener: LineListener) {
    this.#socket = socket;
    socket.on('message', (data, isBinary) => {
      guarded(listener, () => {
        if (isBinary) throw new FerryError('PROTOCOL', 'The hub sent binary data where control messages belong.');
        const message = parseHubMessage(data.toString());
        if (message !== undefined) listener.message(message);
      });
    });
    socket.on('close', (_code, reason) => listener.lost(reason.toString() || 'the hub closed the connection'));
    socket.on('error', (error) => listener.lost(error.message));
  }

  send(message: AgentMessage): void {
    this.sendText(JSON.stringify(message));
  }

  /** Sends a control message that is JSON already. */
  sendText(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  async close(): Promise<void> {
    hangUp(this.#socket);
  }
}
