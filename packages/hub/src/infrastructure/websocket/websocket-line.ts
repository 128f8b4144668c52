import { FerryError, parseAgentMessage } from '@ferryline/engine';
import WebSocket from 'ws';
import type { ControlLine, ControlLineListener, Ending } from '../session/control-line.ts';

/** A peer that is gone answers no closing handshake. */
const CLOSING_TIMEOUT_MS = 1_000;
/** Codes of the close frame: RFC 6455 section 7.4.1, and IANA's registry for 1012 (PROTOCOL.md section 1). */
const NORMAL_CLOSURE = 1000;
const SERVICE_RESTART = 1012;

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

  end(ending: Ending): void {
    if (ending.kind === 'refused') this.say(JSON.stringify(ending.lastWord));
    const code = ending.kind === 'hubStops' ? SERVICE_RESTART : NORMAL_CLOSURE;
    this.#socket.close(code, closeReason(ending.kind === 'refused' ? ending.lastWord.message : ending.reason));
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
