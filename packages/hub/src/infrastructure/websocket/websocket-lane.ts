import type { Socket } from 'node:net';
import { FerryError } from '@ferryline/engine';
import WebSocket from 'ws';
import type { Lane, LaneListener } from '../session/lane.ts';

/** Between two looks, a second apart: who sends byte by byte keeps nobody waiting for ever (FAULTS.md F24). */
const LEAST_MOVED_BYTES = 256;

/** Frames on a WebSocket. */
export class WebSocketLane implements Lane {
  readonly #socket: WebSocket;
  readonly #beneath: Pick<Socket, 'bytesRead' | 'bytesWritten'>;
  #movedBytes = 0;

  /** @param beneath what the WebSocket travels on */
  constructor(socket: WebSocket, beneath: Pick<Socket, 'bytesRead' | 'bytesWritten'>) {
    this.#socket = socket;
    this.#beneath = beneath;
  }

  hasMoved(): boolean {
    const { bytesRead, bytesWritten } = this.#beneath;
    const passedBytes = bytesRead + bytesWritten - this.#movedBytes;
    this.#movedBytes += passedBytes;
    return passedBytes >= LEAST_MOVED_BYTES;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  get unreadBytes(): number {
    return this.#socket.bufferedAmount;
  }

  listen({ heard, closed }: LaneListener): void {
    this.#socket.on('message', (data, isBinary) => {
      heard(() => {
        if (!isBinary || !Buffer.isBuffer(data)) throw new FerryError('PROTOCOL', 'A lane carries binary messages.');
        return data;
      });
    });
    this.#socket.on('close', () => closed('the lane was closed'));
    this.#socket.on('error', (error) => closed(`lane: ${error.message}`));
  }

  send(message: Buffer, taken: () => void): void {
    this.#socket.send(message, taken);
  }

  cut(): void {
    this.#socket.terminate();
  }
}
