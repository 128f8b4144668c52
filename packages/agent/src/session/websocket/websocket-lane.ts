import { FerryError, FrameOutlet } from '@ferryline/engine';
import WebSocket from 'ws';
import { guarded } from '../guarded.ts';
import { LANE_ROOM_BYTES } from '../lane-room.ts';
import type { Lane, LineListener } from '../transport.ts';

/** Who stands between cuts connections that carry nothing for a minute, and a lane may have nothing to carry (FAULTS.md F18). */
const LANE_PING_MS = 15_000;

/** Frames on a WebSocket of their own, which is dialled when the session wants its lane. */
export class WebSocketLane implements Lane {
  readonly #dial: (session: string) => WebSocket;
  readonly #listener: LineListener;
  readonly #outlet = new FrameOutlet((message) => this.sendMessage(message), setImmediate);
  #socket: WebSocket | undefined;
  #beforeOpen: Buffer[] = [];
  #room = Promise.resolve();
  #isClosed = false;
  #pings: NodeJS.Timeout | undefined;

  constructor(dial: (session: string) => WebSocket, listener: LineListener) {
    this.#dial = dial;
    this.#listener = listener;
  }

  open(session: string): void {
    if (this.#socket !== undefined || this.#isClosed) return;
    const socket = this.#dial(session);
    this.#socket = socket;
    socket.on('open', () => {
      const waiting = this.#beforeOpen;
      this.#beforeOpen = [];
      for (const message of waiting) this.sendMessage(message);
      this.#pings = setInterval(() => socket.ping(), LANE_PING_MS);
    });
    socket.on('message', (data, isBinary) => {
      guarded(this.#listener, () => {
        if (!isBinary || !Buffer.isBuffer(data)) throw new FerryError('PROTOCOL', 'The hub sent text on a lane.');
        this.#listener.laneMessage(data);
      });
    });
    socket.on('close', (_code, reason) => this.#listener.lost(reason.toString() || 'the hub closed the lane'));
    socket.on('error', (error) => this.#listener.lost(`lane: ${error.message}`));
  }

  async send(frame: Buffer): Promise<void> {
    this.#outlet.put(frame);
    const waiting = this.#socket?.bufferedAmount ?? 0;
    if (waiting > LANE_ROOM_BYTES) await this.#room;
  }

  /** Sends whole frames that are packed already. */
  sendMessage(message: Buffer): void {
    const socket = this.#socket;
    if (this.#isClosed) return;
    if (socket === undefined || socket.readyState === WebSocket.CONNECTING) {
      this.#beforeOpen.push(message);
      return;
    }
    this.#room = new Promise((resolve) => socket.send(message, () => resolve()));
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#pings);
    this.#beforeOpen = [];
    this.#socket?.terminate();
  }
}
