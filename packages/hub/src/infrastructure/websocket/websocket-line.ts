import { FerryError, parseAgentMessage } from '@ferryline/engine';
import WebSocket from 'ws';
import type { ControlLine, ControlLineListener, LastWord } from '../session/control-line.ts';

/** A peer that is gone answers no closing handshake. */
const CLOSING_TIMEOUT_MS = 1_000;

/** Control messages on a WebSocket. */
export class WebSocketLine implements ControlLine {
  readonly transport = 'websocket';
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get unreadBytes(): number {
    return this.#socket.bufferedAmount;
  }

  listen({ heard, closed }: ControlLineListener): void {
    this.#socket.on('message', (data, isBinary) => {
      heard(() => {
        if (isBinary) throw new FerryError('PROTOCOL', 'Control messages are text.');
        const message = parseAgentMessage(data.toString());
        return message === undefined ? [] : [message];
      });
    });
    this.#socket.on('close', () => closed('the agent closed the connection'));
    this.#socket.on('error', (error) => closed(error.message));
  }

  welcome(welcome: string): void {
    this.say(welcome);
  }

  say(message: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(reason: string, lastWord?: LastWord): void {
    if (lastWord !== undefined) this.say(JSON.stringify(lastWord));
    this.#socket.close(1000, closeReason(reason));
    setTimeout(() => this.#socket.terminate(), CLOSING_TIMEOUT_MS).unref();
  }
}

/** RFC 6455 section 5.5: the reason of a close frame has at most 123 bytes. The full text goes before it, in `refused`. */
function closeReason(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= 123
    ? reason
    : `${bytes
        .subarray(0, 118)
        .toString()
        .replace(/\uFFFD$/, '')}...`;
}
